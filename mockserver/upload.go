package mockserver

import (
	"bytes"
	"net/http"
)

// upload reads and discards a request's body.
type upload struct {
	state uploadState
	left  int64 // bytes of the body, or of the chunk, to come
	total int64 // bytes of all chunks
	extra int   // bytes of trailers and chunk extensions
}

type uploadState uint8

const (
	noUpload  uploadState = iota
	fixedBody             // left bytes
	chunkSize             // a line with the next chunk's size
	chunkData             // left bytes
	chunkEnd              // the empty line behind a chunk
	trailer               // header lines up to an empty one
)

// greatestExtra bounds what a chunked body may hold besides data; greatestLine a
// line of it, so that a part of one can wait for the rest.
const (
	greatestExtra = 64 << 10
	greatestLine  = 4 << 10
)

func newUpload(h *head) upload {
	switch {
	case h.chunked:
		return upload{state: chunkSize}
	case h.length > 0:
		return upload{state: fixedBody, left: h.length}
	}
	return upload{}
}

var (
	errTooLarge = &protocolError{http.StatusRequestEntityTooLarge, "body too large"}
	errTooSlow  = &protocolError{http.StatusRequestTimeout, "the rest of the request did not come"}
)

// consume reads from b and returns how much it has taken and whether the body is
// complete. What it has not taken has to be given again, with more behind it.
func (u *upload) consume(b []byte, limit int64) (n int, done bool, err *protocolError) {
	if u.state == fixedBody && u.left > limit {
		return 0, false, errTooLarge
	}
	for u.state != noUpload {
		if u.state == fixedBody || u.state == chunkData {
			took := min(u.left, int64(len(b)-n))
			n += int(took)
			if u.left -= took; u.left > 0 {
				return n, false, nil
			}
			if u.state == fixedBody {
				u.state = noUpload
				break
			}
			u.state = chunkEnd
		}
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 && len(b)-n > greatestLine || i > greatestLine {
			return n, false, malformed("a line too long in a chunked body")
		}
		if i < 0 {
			return n, false, nil
		}
		line := b[n : n+i]
		if i == 0 || line[i-1] != '\r' {
			return n, false, malformed("a bare line feed in a chunked body")
		}
		n += i + 1
		if err := u.line(line[:i-1], limit); err != nil {
			return n, false, err
		}
	}
	return n, true, nil
}

// line reads a line, without its end, of what surrounds the chunks.
func (u *upload) line(line []byte, limit int64) *protocolError {
	switch u.state {
	case chunkEnd:
		if len(line) > 0 {
			return malformed("a chunk longer than its size")
		}
		u.state = chunkSize
	case chunkSize:
		digits, extension, _ := bytes.Cut(bytes.TrimRight(line, " \t"), []byte{';'})
		u.extra += len(extension)
		var ok bool
		if u.left, ok = parseHex(digits); !ok {
			return malformed("malformed chunk size")
		}
		if u.total += u.left; u.total > limit {
			return errTooLarge
		}
		u.state = chunkData
		if u.left == 0 {
			u.state = trailer
		}
	case trailer:
		u.extra += len(line)
		if len(line) == 0 {
			u.state = noUpload
		} else if i := bytes.IndexByte(line, ':'); i <= 0 || !all(line[:i], tokenBytes) || !all(line[i:], valueBytes) {
			return malformed("malformed trailer")
		}
	}
	if u.extra > greatestExtra {
		return malformed("too much besides data in a chunked body")
	}
	return nil
}

// parseHex reads up to 15 hexadecimal digits, which fit an int64.
func parseHex(b []byte) (v int64, ok bool) {
	if len(b) == 0 || len(b) > 15 {
		return 0, false
	}
	for _, c := range b {
		switch {
		case isDigit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | int64(c)
	}
	return v, true
}
