package mockserver

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/mockserver/config"
)

// ask sends a request to the admin API of which every header is the test's.
func ask(t *testing.T, s *Server, method, path string, headers map[string]string, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequest(method, s.AdminURL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	res, err := client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestTheAdminAPIIsForThisMachineOnly(t *testing.T) {
	s := start(t, config.Config{})
	addr := strings.TrimPrefix(s.AdminURL(), "http://")
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, value string
		want        int
	}{
		{"Host", addr, 200},
		{"Host", "localhost:" + port, 200},
		{"Host", "LOCALHOST:" + port, 200},
		{"Host", "evil.example", 421},
		{"Host", "evil.example:" + port, 421},
		{"Host", "127.0.0.1", 421},
		{"Host", "127.0.0.1:1", 421},
		{"Host", "127.0.0.1.evil.example:" + port, 421},
		{"Host", "localhost.evil.example:" + port, 421},
		{"Origin", s.AdminURL(), 200},
		{"Origin", "http://evil.example", 403},
		{"Origin", "https://" + addr, 403},
		{"Origin", "http://127.0.0.1:1", 403},
		{"Origin", "http://" + addr + ".evil.example", 403},
		{"Origin", "null", 403},
		{"Origin", "file://", 403},
		{"Sec-Fetch-Site", "none", 200},
		{"Sec-Fetch-Site", "same-origin", 200},
		{"Sec-Fetch-Site", "same-site", 403},
		{"Sec-Fetch-Site", "cross-site", 403},
		{"Sec-Fetch-Site", "", 403},
	} {
		for _, path := range []string{"/healthz", "/counters", "/config", "/metrics"} {
			if status, text := ask(t, s, "GET", path, map[string]string{c.name: c.value}, ""); status != c.want {
				t.Errorf("GET %s with %s: %s: %d %s", path, c.name, c.value, status, text)
			}
		}
		want := c.want
		if want == 200 {
			want = 204
		}
		headers := map[string]string{"Authorization": "Bearer " + s.AdminToken(), c.name: c.value}
		if status, text := ask(t, s, "POST", "/reset", headers, ""); status != want {
			t.Errorf("POST /reset with %s: %s: %d %s", c.name, c.value, status, text)
		}
	}
}

func TestAPostNeedsTheTokenAndItsContentType(t *testing.T) {
	s, other := start(t, config.Config{}), start(t, config.Config{})
	right := "Bearer " + s.AdminToken()
	for _, c := range []struct {
		path, authorization, kind, body string
		want                            int
	}{
		{"/reset", right, "", "", 204},
		{"/reset", "", "", "", 401},
		{"/reset", s.AdminToken(), "", "", 401},
		{"/reset", "Bearer " + other.AdminToken(), "", "", 401},
		{"/reset", "Bearer ", "", "", 401},
		{"/reset", right, "text/plain", "", 415},
		{"/config", right, "application/yaml", "slots: 2", 200},
		{"/config", right, "application/yaml; charset=utf-8", "slots: 3", 200},
		{"/config", "", "application/yaml", "slots: 4", 401},
		{"/config", right, "", "slots: 4", 415},
		{"/config", right, "text/plain", "slots: 4", 415},
		{"/config", right, "application/x-www-form-urlencoded", "slots: 4", 415},
		{"/config", right, "application/yaml;;", "slots: 4", 415},
	} {
		headers := map[string]string{}
		if c.authorization != "" {
			headers["Authorization"] = c.authorization
		}
		if c.kind != "" {
			headers["Content-Type"] = c.kind
		}
		if status, text := ask(t, s, "POST", c.path, headers, c.body); status != c.want {
			t.Errorf("%+v: %d %s", c, status, text)
		}
	}
	if status, text := ask(t, s, "GET", "/config", nil, ""); status != 200 || !strings.Contains(text, "slots: 3") || strings.Contains(text, s.AdminToken()) {
		t.Errorf("afterwards: %d\n%s", status, text)
	}
	if s.AdminToken() == other.AdminToken() || len(s.AdminToken()) < 26 {
		t.Errorf("tokens %q, %q", s.AdminToken(), other.AdminToken())
	}
}

// No file is opened for a request, however it is named and whether it exists: neither
// its first line nor its absence is told, and a pipe cannot hang the request.
func TestARequestNamesNoFiles(t *testing.T) {
	s := start(t, config.Config{})
	c := client(t)
	dir := t.TempDir()
	for _, file := range []string{"/etc/hostname", filepath.Join(dir, "missing.csv"), "relative.csv", "a.hlog", namedPipe(t, dir)} {
		parameters := ", column: x"
		short := ",column=x"
		if strings.HasSuffix(file, ".hlog") {
			parameters, short = "", ""
		}
		for _, body := range []string{
			"latency: {dist: empirical, file: " + file + parameters + "}",
			"latency: empirical:file=" + file + short,
			"size: {dist: empirical, file: " + file + parameters + "}",
			"latency: mixture:(constant:2ms)=0.9,(empirical:file=" + file + short + ")=0.1",
			"routes: [{path: /a, latency: \"empirical:file=" + file + short + "\"}]",
		} {
			status, text := post(t, c, s, "/config", body)
			if status != 400 || !strings.Contains(text, "a request cannot name files") || strings.Count(text, "\n") != 1 {
				t.Errorf("%s: %d %s", body, status, text)
			}
		}
	}
	if status, text := post(t, c, s, "/config", "config: /etc/hostname"); status != 400 || !strings.Contains(text, `unknown key "config"`) {
		t.Errorf("%d %s", status, text)
	}
}

func TestAConfigurationHasALimit(t *testing.T) {
	s := start(t, config.Config{})
	status, _ := post(t, client(t), s, "/config", strings.Repeat("#", greatestConfig+1))
	if status != 413 {
		t.Errorf("got %d", status)
	}
}
