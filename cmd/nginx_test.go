package cmd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/internal/needs"
)

// nginxConf configures a web server of real files; %[1]s is its directory, %[2]s its
// address, %[3]s an extra line.
const nginxConf = `
%[3]s
daemon off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
worker_processes 1;
events {}
http {
	access_log %[1]s/access.log;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	server {
		listen %[2]s;
		root %[1]s/files;
		location /broken { return 500; }
	}
}
`

// TestARealWebServer downloads real files from nginx, with the usual failures of a list of
// downloads: a missing file, a broken page, a host where nobody listens, and one that
// accepts and never answers.
func TestARealWebServer(t *testing.T) {
	nginx := needs.Program(t, "nginx")
	dir := t.TempDir()
	files := filepath.Join(dir, "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		write(t, files, fmt.Sprintf("file%d.bin", i), strings.Repeat("x", 100_000*(i+1)))
	}
	base := startNginx(t, nginx, dir)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // its backlog accepts, nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	var good strings.Builder
	for i := range 8 {
		fmt.Fprintf(&good, "http://%s/file%d.bin\n", base, i)
	}
	write(t, dir, "good.txt", good.String())
	flags := []string{"--no-charts", "--rounds", "2", "--warmup", "1", "--strategies", "goroutine-per-task,fixed-pool:workers=2,errgroup", "--timeout", "3s"}
	r := call(t, dir, append([]string{"run", "--urls", "good.txt"}, flags...)...)
	if md := read(t, dir, "reports/latest/summary.md"); r.status != exitOK || !strings.Contains(md, "781KiB") || !strings.Contains(md, "200: 6") {
		t.Errorf("status %d\n%s%s", r.status, md, r.stderr)
	}
	access, err := os.ReadFile(filepath.Join(dir, "access.log"))
	if err != nil || strings.Count(string(access), "GET /file7.bin") != 3*3 {
		t.Errorf("nginx logged %d downloads of the last file: %v", strings.Count(string(access), "GET /file7.bin"), err)
	}

	write(t, dir, "bad.txt", good.String()+fmt.Sprintf("http://%s/missing\nhttp://%s/broken\nhttp://127.0.0.1:1/\nhttp://%s/\n", base, base, silent.Addr()))
	flags[2], flags[4], flags[6] = "1", "0", "goroutine-per-task"
	r = call(t, dir, append([]string{"run", "--urls", "bad.txt"}, flags...)...)
	if r.status != exitFailed || r.stdout != "" || !strings.Contains(r.stderr, "preflight: http://127.0.0.1:1/: ") || !strings.Contains(r.stderr, fmt.Sprintf("preflight: http://%s/: no answer within 3s", silent.Addr())) {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	r = call(t, dir, append([]string{"run", "--urls", "bad.txt", "--no-preflight"}, flags...)...)
	if r.status != exitFailed {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	for _, want := range []string{"urls: goroutine-per-task: 4 of 12 tasks failed", "HTTP 404 Not Found", "HTTP 500 Internal Server Error", "connection refused", "no answer within 3s"} {
		if !strings.Contains(flat(r.stdout), want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
}

// startNginx starts nginx on a free port and waits until it answers.
func startNginx(t *testing.T, nginx, dir string) (addr string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = free.Addr().String()
	free.Close()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // without it, workers may not read the test's files
	}
	write(t, dir, "nginx.conf", fmt.Sprintf(nginxConf, dir, addr, user))
	c := exec.Command(nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", filepath.Join(dir, "error.log"))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
	})
	for range 100 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return addr
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "error.log"))
	t.Fatalf("nginx does not answer: %s", text)
	return ""
}
