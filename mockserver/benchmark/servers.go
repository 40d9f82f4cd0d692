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
	name    string
	peer    bool // made by others to inject latency
	command *exec.Cmd
	stdin   io.Closer
	addr    string
	cleanup func()

	// aim returns the path whose answer is delayed so long, or false if the server
	// cannot delay just so long.
	aim func(delay time.Duration) (path string, ok bool, err error)
}

// kind knows how to start a server.
type kind struct {
	name   string
	peer   bool
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
		s := &server{name: k.name, peer: k.peer, cleanup: func() {}}
		binary, err := k.install(ctx)
		if err == nil {
			err = k.start(ctx, s, binary, all)
		}
		if err == nil {
			err = s.ready(ctx)
		}
		if ctx.Err() != nil {
			return append(all, s), ctx.Err()
		}
		if err != nil {
			s.stop()
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

// spawn starts a command that dies with this process.
func (s *server) spawn(ctx context.Context, name string, args ...string) (stdout io.Reader, err error) {
	s.command = exec.CommandContext(ctx, name, args...)
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	if stdout, err = s.command.StdoutPipe(); err != nil {
		return nil, err
	}
	return stdout, s.command.Start()
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
		stdout, err := s.spawn(ctx, self, name)
		if err != nil {
			return err
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
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
	_, err = s.spawn(ctx, binary, "server", "-loglevel", "error", "-http-port", s.addr,
		"-grpc-port", "disabled", "-tcp-port", "disabled", "-udp-port", "disabled", "-redirect-port", "disabled")
	return err
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
	_, err = s.spawn(ctx, binary, "-host", host, "-port", port, "-log-level", "ERROR")
	return err
}

// startToxiproxy puts toxiproxy in front of the first server, which does not delay.
func startToxiproxy(ctx context.Context, s *server, binary string, others []*server) (err error) {
	if len(others) == 0 {
		return errors.New("it needs another server to stand in front of")
	}
	admin, err := freeAddr()
	if err != nil {
		return err
	}
	if s.addr, err = freeAddr(); err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(admin)
	if _, err := s.spawn(ctx, binary, "-host", host, "-port", port); err != nil {
		return err
	}
	toxic := func(ms int64) map[string]any {
		return map[string]any{"name": "delay", "type": "latency", "attributes": map[string]any{"latency": ms}}
	}
	create := func() error {
		err := postJSON("http://"+admin+"/proxies", map[string]any{"name": "p", "listen": s.addr, "upstream": others[0].addr, "enabled": true})
		if err == nil {
			err = postJSON("http://"+admin+"/proxies/p/toxics", toxic(0))
		}
		return err
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if err = create(); err == nil || time.Now().After(end) {
			break
		}
	}
	s.aim = func(d time.Duration) (string, bool, error) {
		if d%time.Millisecond != 0 {
			return "", false, nil // it counts in whole milliseconds
		}
		return "/", true, postJSON("http://"+admin+"/proxies/p/toxics/delay", toxic(d.Milliseconds()))
	}
	return err
}

func postJSON(url string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	r, err := http.Post(url, "application/json", bytes.NewReader(text))
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
	_, err = s.spawn(ctx, binary, "-c", config, "-e", "stderr")
	return err
}
