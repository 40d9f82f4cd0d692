package mockserver

import (
	"crypto/subtle"
	"mime"
	"net"
	"net/http"
	"strings"
)

// guard admits requests of people and programs on this machine to the admin API, and no web
// page in a browser.
//
//   - Host must be the listening address, or localhost with its port. A name that a foreign DNS server maps to the loopback is refused (421).
//   - Browsers say where a request comes from. A foreign Origin, and a Sec-Fetch-Site other than same-origin and none, are refused (403).
//   - A POST needs the token of the server (401) and a YAML content type (415). A page cannot send either without asking first.
type guard struct {
	hosts []string // host:port, as clients write them
	token string
}

func newGuard(addr net.Addr, token string) guard {
	_, port, _ := net.SplitHostPort(addr.String()) // it is a TCP address
	return guard{hosts: []string{addr.String(), net.JoinHostPort("localhost", port)}, token: token}
}

// protect is next behind the guard.
func (g guard) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, why := g.refuse(r); status != 0 {
			if status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			http.Error(w, why, status)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse returns the status and the reason with which a request is refused, or 0.
func (g guard) refuse(r *http.Request) (status int, why string) {
	if !g.own(r.Host) {
		return http.StatusMisdirectedRequest, "the Host header must be " + strings.Join(g.hosts, " or ")
	}
	for _, origin := range r.Header.Values("Origin") {
		if host, ok := strings.CutPrefix(origin, "http://"); !ok || !g.own(host) {
			return http.StatusForbidden, "requests from web pages of another origin are refused"
		}
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return http.StatusForbidden, "requests from web pages of another site are refused"
		}
	}
	if r.Method != http.MethodPost {
		return 0, ""
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(g.token)) == 0 {
		return http.StatusUnauthorized, `a POST needs the header "Authorization: Bearer TOKEN"; fanbench serve prints the token as "admin token TOKEN" when it starts`
	}
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return 0, ""
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != yamlType {
		return http.StatusUnsupportedMediaType, `a body needs the header "Content-Type: ` + yamlType + `"`
	}
	return 0, ""
}

// own reports whether a host is the guard's.
func (g guard) own(host string) bool {
	for _, h := range g.hosts {
		if strings.EqualFold(withoutPort80(host), withoutPort80(h)) {
			return true
		}
	}
	return false
}

// withoutPort80 leaves off what clients leave off.
func withoutPort80(host string) string { return strings.TrimSuffix(host, ":80") }

// yamlType is the content type of configurations.
const yamlType = "application/yaml"
