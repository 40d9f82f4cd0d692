//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is one that can be measured.
type server struct {
	kind
	command *exec.Cmd
	stdin   io.Closer
	addr    string
	cleanup func()

	// aim returns the path whose answer is delayed so long, and sets addr to where it
	// is, or returns false if the server cannot delay just so long.
	aim func(delay time.Duration) (path string, ok bool, err error)
}

// kind knows how to start a server.
type kind struct {
	name   string
	peer   bool   // made by others to inject latency
	module string // installed by the go command, at exactly this version
	start  func(ctx context.Context, s *server, binary string, others []*server) error
}

var kinds = []kind{
	{name: "loop", start: startOwn("serve-loop")},
	{name: "nethttp", start: startOwn("serve-nethttp")},
	{name: "time.Sleep", start: startOwn("serve-sleep")},
	{name: "fortio", peer: true, module: "fortio.org/fortio@v1.68.0", start: startFortio},
	{name: "go-httpbin", peer: true, module: "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin@v2.26.0", start: startHTTPBin},
	{name: "toxiproxy", peer: true, module: "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0", start: startToxiproxy},
	{name: "nginx", start: startNginx},
}

// startServers starts those that are asked for and can be had, and says on stderr
// which cannot.
func startServers(ctx context.Context, only string, stderr io.Writer) ([]*server, error) {
	var wanted []string
	if only != "" {
		wanted = strings.Split(only, ",")
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == w }) {
			return nil, fmt.Errorf("-servers: unknown server %q", w)
		}
	}
	var all []*server
	for _, k := range kinds {
		if wanted != nil && !slices.Contains(wanted, k.name) {
			continue
		}
		s, err := k.server(ctx, all)
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(stderr, "without %s: %v\n", k.name, err)
			continue
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, errors.New("no server could be started")
	}
	return all, nil
}

// server installs and starts one, and waits until it answers.
func (k kind) server(ctx context.Context, others []*server) (*server, error) {
	s := &server{kind: k, cleanup: func() {}}
	binary, err := k.install(ctx)
	if err == nil {
		err = k.start(ctx, s, binary, others)
	}
	if err == nil {
		err = s.ready(ctx)
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// install returns the peer's binary, which the go command makes once and keeps in
// the user's cache directory.
func (k kind) install(ctx context.Context) (string, error) {
	if k.module == "" {
		return "", nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path, version, _ := strings.Cut(k.module, "@")
	dir := filepath.Join(cache, "fanbench", "peers", k.name+"-"+version)
	binary := filepath.Join(dir, filepath.Base(path))
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	c := exec.CommandContext(ctx, "go", "install", k.module)
	c.Env = append(os.Environ(), "GOBIN="+dir)
	if text, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %w: %s", k.module, err, bytes.TrimSpace(text))
	}
	return binary, nil
}

// spawn starts a command that dies with this process, and writes nothing unless it is
// given somewhere to.
func (s *server) spawn(ctx context.Context, stdout io.Writer, name string, args ...string) (err error) {
	s.command = exec.CommandContext(ctx, name, args...)
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.command.Env = append(os.Environ(), "LOG_LEVEL=error") // toxiproxy's
	s.command.Stdout = stdout
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		return err
	}
	return s.command.Start()
}

// stop ends the server's process and waits for it.
func (s *server) stop() {
	if s.command != nil && s.command.Process != nil {
		s.stdin.Close()
		_ = s.command.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(5*time.Second, func() { _ = s.command.Process.Kill() })
		_ = s.command.Wait()
		kill.Stop()
	}
	s.cleanup()
}

func stopServers(all []*server) {
	for _, s := range slices.Backward(all) {
		s.stop()
	}
}

// ready waits until the server answers.
func (s *server) ready(ctx context.Context) error {
	path, _, err := s.aim(0)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		var r *http.Response
		if r, err = http.Get("http://" + s.addr + path); err == nil {
			r.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			return nil
		}
	}
	return err
}

// freeAddr is an address that was free a moment ago.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// byQuery asks for the delay in a query that time.ParseDuration reads.
func byQuery(path string) func(time.Duration) (string, bool, error) {
	return func(d time.Duration) (string, bool, error) { return path + "?delay=" + d.String(), true, nil }
}

func startOwn(name string) func(context.Context, *server, string, []*server) error {
	return func(ctx context.Context, s *server, _ string, _ []*server) error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		defer r.Close()
		err = s.spawn(ctx, w, self, name)
		w.Close()
		if err != nil {
			return err
		}
		line, err := bufio.NewReader(r).ReadString('\n')
		s.addr = strings.TrimPrefix(strings.TrimSpace(line), "http://")
		s.aim = byQuery("/")
		return err
	}
}

func startFortio(ctx context.Context, s *server, binary string, _ []*server) (err error) {
	if s.addr, err = freeAddr(); err != nil {
		return err
	}
	s.aim = func(d time.Duration) (string, bool, error) {
		if d == 0 {
			return "/echo", true, nil
		}
		return "/echo?delay=" + d.String(), true, nil
	}
	return s.spawn(ctx, nil, binary, "server", "-loglevel", "error", "-http-port", s.addr,
		"-grpc-port", "disabled", "-tcp-port", "disabled", "-udp-port", "disabled", "-redirect-port", "disabled")
}

func startHTTPBin(ctx context.Context, s *server, binary string, _ []*server) (err error) {
	if s.addr, err = freeAddr(); err != nil {
		return err
	}
	s.aim = func(d time.Duration) (string, bool, error) {
		if d == 0 {
			return "/status/200", true, nil
		}
		return fmt.Sprintf("/delay/%v", d), true, nil
	}
	host, port, _ := net.SplitHostPort(s.addr)
	return s.spawn(ctx, nil, binary, "-host", host, "-port", port, "-log-level", "ERROR")
}

// startToxiproxy puts toxiproxy in front of the first server, which does not delay. A
// proxy is made for each delay: toxiproxy can hang when one is changed in use.
func startToxiproxy(ctx context.Context, s *server, binary string, others []*server) error {
	if len(others) == 0 {
		return errors.New("it needs another server to stand in front of")
	}
	admin, err := freeAddr()
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(admin)
	if err := s.spawn(ctx, nil, binary, "-host", host, "-port", port); err != nil {
		return err
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", admin); err == nil {
			c.Close()
			break
		}
	}
	proxies := map[time.Duration]string{}
	s.aim = func(d time.Duration) (string, bool, error) {
		if d%time.Millisecond != 0 {
			return "", false, nil // it counts in whole milliseconds
		}
		addr, made := proxies[d]
		if !made {
			var err error
			if addr, err = addProxy("http://"+admin+"/proxies", others[0].addr, d); err != nil {
				return "", false, err
			}
			proxies[d] = addr
		}
		s.addr = addr
		return "/", true, nil
	}
	return nil
}

// addProxy makes a proxy that delays answers, and returns its address.
func addProxy(api, upstream string, delay time.Duration) (string, error) {
	addr, err := freeAddr()
	if err != nil {
		return "", err
	}
	name := delay.String()
	if err := postJSON(api, map[string]any{"name": name, "listen": addr, "upstream": upstream, "enabled": true}); err != nil {
		return "", err
	}
	return addr, postJSON(api+"/"+name+"/toxics", map[string]any{"type": "latency", "attributes": map[string]any{"latency": delay.Milliseconds()}})
}

func postJSON(url string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 5 * time.Second}
	r, err := client.Post(url, "application/json", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", url, r.Status)
	}
	return nil
}

// startNginx serves an empty answer: nginx delays nothing by itself, but is the
// measure of throughput.
func startNginx(ctx context.Context, s *server, _ string, _ []*server) error {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		return fmt.Errorf("%w; install it from the distribution", err)
	}
	dir, err := os.MkdirTemp("", "fanbench-nginx-")
	if err != nil {
		return err
	}
	s.cleanup = func() { os.RemoveAll(dir) }
	if s.addr, err = freeAddr(); err != nil {
		return err
	}
	config := filepath.Join(dir, "nginx.conf")
	text := `daemon off; worker_processes auto; pid ` + dir + `/pid; error_log stderr crit; worker_rlimit_nofile ` + strconv.Itoa(16384) + `;
events { worker_connections 16384; }
http { access_log off; keepalive_requests 1000000000; default_type text/plain;
client_body_temp_path ` + dir + `/a; proxy_temp_path ` + dir + `/b; fastcgi_temp_path ` + dir + `/c; uwsgi_temp_path ` + dir + `/d; scgi_temp_path ` + dir + `/e;
server { listen ` + s.addr + ` backlog=4096; location / { return 200 ""; } } }`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	s.aim = func(d time.Duration) (string, bool, error) { return "/", d == 0, nil }
	return s.spawn(ctx, nil, binary, "-c", config, "-e", "stderr")
}
