//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

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

// startToxiproxy puts toxiproxy in front of the first server, which does not delay. It
// creates a proxy for each delay, because toxiproxy can hang when a proxy in use is changed.
func startToxiproxy(ctx context.Context, s *server, binary string, others []*server) error {
	if len(others) == 0 {
		return errors.New("it needs another server as its upstream")
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

// addProxy creates a proxy that delays answers, and returns its address.
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

// startNginx serves an empty answer. nginx cannot delay, but is the reference for
// throughput.
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
