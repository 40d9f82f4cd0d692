package mockserver

import (
	"net/http"

	"github.com/fanbench/fanbench/mockserver/config"
)

// incoming turns the bytes of a connection into requests, however they are cut into
// pieces.
type incoming struct {
	upload  upload
	kept    *head // the head whose body is being read, its texts copied
	scanned int   // bytes of an incomplete head that hold no end of it
}

// next reads a request from b into h. It returns the number of bytes it has consumed, and
// whether the request is complete, including its body; h's texts are valid until b changes.
// If it is incomplete, call it again with the unconsumed bytes and more.
func (in *incoming) next(b []byte, h *head, limits *config.Limits) (n int, ok bool, err *protocolError) {
	if in.kept == nil {
		for in.scanned == 0 && n < len(b) && (b[n] == '\r' || b[n] == '\n') {
			n++ // empty lines before a request are tolerated (RFC 9112, 2.2)
		}
		end := endOfHead(b[n:], in.scanned)
		if end > limits.HeaderBytes || end == 0 && len(b)-n > limits.HeaderBytes {
			return n, false, &protocolError{http.StatusRequestHeaderFieldsTooLarge, "request line and headers too large"}
		}
		if end == 0 {
			in.scanned = max(len(b)-n-len("\n\r"), 0)
			return n, false, nil
		}
		in.scanned = 0
		if err := h.parse(b[n : n+end]); err != nil {
			return n + end, false, err
		}
		n += end
		if in.upload = newUpload(h); in.upload.state == noUpload {
			return n, true, nil
		}
		if in.upload.left > limits.BodyBytes {
			return n, false, errTooLarge
		}
		kept := *h
		kept.path, kept.query = append([]byte(nil), h.path...), append([]byte(nil), h.query...)
		in.kept = &kept
	}
	took, done, err := in.upload.consume(b[n:], limits.BodyBytes)
	n += took
	if err != nil || !done {
		return n, false, err
	}
	*h, in.kept = *in.kept, nil
	return n, true, nil
}
