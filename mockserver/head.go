package mockserver

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// protocolError is a request that cannot be served: the status to answer with, and the
// reason. The connection is unusable.
type protocolError struct {
	status int
	text   string
}

// Error is the reason.
func (e *protocolError) Error() string { return e.text }

func malformed(text string) *protocolError {
	return &protocolError{http.StatusBadRequest, text}
}

// head is what the loop needs to know of a request line and headers (RFC 9112). Its
// texts point into the bytes that were parsed.
type head struct {
	path, query []byte
	head        bool  // the method is HEAD: the answer has no body
	old         bool  // HTTP/1.0
	close       bool  // the connection ends with this exchange
	expect      bool  // 100-continue
	chunked     bool  // the body comes in chunks
	length      int64 // of the body, if it is not chunked

	hosts      int
	lengths    bool
	encoded    bool
	keepsAlive bool
}

// endOfHead returns the length of the head that b begins with, empty line included,
// or 0 if it is not all there. The first from bytes have been looked at before.
func endOfHead(b []byte, from int) int {
	for {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 {
			return 0
		}
		from += i + 1
		switch {
		case from < len(b) && b[from] == '\n':
			return from + 1
		case from+1 < len(b) && b[from] == '\r' && b[from+1] == '\n':
			return from + 2
		}
	}
}

// parse reads a complete head. It is strict where lenient parsers have disagreed: no folded
// lines, no space before a colon, no second length.
func (h *head) parse(b []byte) *protocolError {
	*h = head{}
	line, rest := cutLine(b)
	if err := h.parseRequestLine(line); err != nil {
		return err
	}
	for {
		line, rest = cutLine(rest)
		if len(line) == 0 {
			return h.check()
		}
		if err := h.parseField(line); err != nil {
			return err
		}
	}
}

// cutLine takes a line off b, without its end. The last line may have none.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil
	}
	line, rest = b[:i], b[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest
}

func (h *head) parseRequestLine(line []byte) *protocolError {
	i := bytes.IndexByte(line, ' ')
	j := bytes.LastIndexByte(line, ' ')
	if i <= 0 || j <= i {
		return malformed("malformed request line")
	}
	method, target, version := line[:i], line[i+1:j], line[j+1:]
	if !all(method, tokenBytes) {
		return malformed("malformed method")
	}
	switch {
	case len(version) != len("HTTP/1.1") || string(version[:5]) != "HTTP/" || version[6] != '.' || !isDigit(version[5]) || !isDigit(version[7]):
		return malformed("malformed HTTP version")
	case version[5] != '1':
		return &protocolError{http.StatusHTTPVersionNotSupported, "the loop engine speaks HTTP/1; engine nethttp also speaks HTTP/2"}
	}
	h.old = version[7] == '0'
	h.head = string(method) == http.MethodHead
	if string(method) == http.MethodConnect {
		return &protocolError{http.StatusNotImplemented, "this server is no proxy"}
	}
	return h.parseTarget(method, target)
}

func (h *head) parseTarget(method, target []byte) *protocolError {
	if !all(target, targetBytes) {
		return malformed("malformed request target")
	}
	if target[0] != '/' && !(string(target) == "*" && string(method) == http.MethodOptions) {
		// The absolute form, as sent to proxies.
		u, err := url.ParseRequestURI(string(target))
		if err != nil || u.Host == "" || u.User != nil {
			return malformed("malformed request target")
		}
		h.path, h.query = []byte(u.Path), []byte(u.RawQuery)
		return nil
	}
	h.path, h.query, _ = bytes.Cut(target, []byte{'?'})
	if bytes.IndexByte(h.path, '%') >= 0 {
		path, err := url.PathUnescape(string(h.path))
		if err != nil {
			return malformed("malformed request target: " + err.Error())
		}
		h.path = []byte(path)
	}
	return nil
}

func (h *head) parseField(line []byte) *protocolError {
	i := bytes.IndexByte(line, ':')
	if i <= 0 || !all(line[:i], tokenBytes) {
		return malformed("malformed header line")
	}
	name, value := line[:i], trimBlanks(line[i+1:])
	if !all(value, valueBytes) && len(value) > 0 {
		return malformed("malformed header value")
	}
	switch len(name) { // most headers are of no interest
	case len("Host"):
		if isName(name, "host") {
			h.hosts++
			if len(value) > 0 && !validHost(value) {
				return malformed("malformed Host header")
			}
		}
	case len("Expect"):
		if isName(name, "expect") {
			if !strings.EqualFold(string(value), "100-continue") {
				return &protocolError{http.StatusExpectationFailed, "unknown expectation"}
			}
			h.expect = true
		}
	case len("Connection"):
		if isName(name, "connection") {
			h.parseConnection(value)
		}
	case len("Content-Length"):
		if isName(name, "content-length") {
			return h.parseLength(value)
		}
	case len("Transfer-Encoding"):
		if isName(name, "transfer-encoding") {
			if h.encoded || !strings.EqualFold(string(value), "chunked") {
				return &protocolError{http.StatusNotImplemented, "unsupported transfer encoding"}
			}
			h.encoded, h.chunked = true, true
		}
	}
	return nil
}

// validHost reports whether b is a host, with a port perhaps (RFC 9110, 7.2). It names
// no user.
func validHost(b []byte) bool {
	if i := bytes.LastIndexByte(b, ':'); i >= 0 && bytes.IndexByte(b[i:], ']') < 0 {
		if port := b[i+1:]; len(port) > 0 && !all(port, digitBytes) {
			return false
		}
		b = b[:i]
	}
	if inner, ok := bytes.CutPrefix(b, []byte{'['}); ok {
		inner, ok = bytes.CutSuffix(inner, []byte{']'})
		return ok && all(inner, addressBytes)
	}
	return all(b, hostBytes)
}

func (h *head) parseConnection(value []byte) {
	for option := range bytes.SplitSeq(value, []byte{','}) {
		option = trimBlanks(option)
		h.close = h.close || isName(option, "close")
		h.keepsAlive = h.keepsAlive || isName(option, "keep-alive")
	}
}

func (h *head) parseLength(value []byte) *protocolError {
	if len(value) == 0 || len(value) > 18 || !all(value, digitBytes) {
		return malformed("malformed Content-Length")
	}
	length := int64(0)
	for _, c := range value {
		length = length*10 + int64(c-'0')
	}
	if h.lengths && length != h.length {
		return malformed("two different Content-Lengths")
	}
	h.lengths, h.length = true, length
	return nil
}

// check judges the head as a whole.
func (h *head) check() *protocolError {
	switch {
	case h.hosts > 1:
		return malformed("more than one Host header")
	case h.hosts == 0 && !h.old:
		return malformed("the Host header is missing")
	case h.chunked && (h.lengths || h.old):
		return malformed("Transfer-Encoding together with Content-Length or HTTP/1.0")
	}
	if h.old && !h.keepsAlive {
		h.close = true
	}
	h.expect = h.expect && !h.old && (h.chunked || h.length > 0)
	return nil
}

// byteSet is a set of bytes.
type byteSet [256]bool

func newByteSet(in func(c byte) bool) *byteSet {
	var s byteSet
	for c := range s {
		s[c] = in(byte(c))
	}
	return &s
}

var (
	tokenBytes = newByteSet(func(c byte) bool {
		return isDigit(c) || isLetter(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
	})
	targetBytes = newByteSet(func(c byte) bool { return c > ' ' && c != 0x7f })
	valueBytes  = newByteSet(func(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' })
	hostBytes   = newByteSet(func(c byte) bool { // of a name or an IPv4 address
		return isDigit(c) || isLetter(c) || strings.IndexByte("!$%&'()*+,-.;=_~", c) >= 0
	})
	addressBytes = newByteSet(func(c byte) bool { // of an IPv6 address, with a zone perhaps
		return isDigit(c) || isLetter(c) || strings.IndexByte("%-.:_~", c) >= 0
	})
	digitBytes = newByteSet(isDigit)
)

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// all reports whether b is not empty and made of the set's bytes.
func all(b []byte, set *byteSet) bool {
	for _, c := range b {
		if !set[c] {
			return false
		}
	}
	return len(b) > 0
}

// isName compares with a name in lower case.
func isName(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func trimBlanks(b []byte) []byte { return bytes.Trim(b, " \t") }
