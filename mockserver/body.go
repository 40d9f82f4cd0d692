package mockserver

// filler is the content of bodies: readable lines of text.
var filler = makeFiller(64 << 10)

func makeFiller(n int) []byte {
	const line = "The quick brown fox jumps over the lazy dog, and over it again.\n"
	b := make([]byte, n)
	for i := range b {
		b[i] = line[i%len(line)]
	}
	return b
}

// fillerAt is the next part of a body, at most n bytes, after the bytes already sent.
func fillerAt(sent, n int64) []byte {
	b := filler[sent%int64(len(filler)):]
	return b[:min(n, int64(len(b)))]
}

// slowPieces is how many pieces a second a slow body comes in, if its rate allows it.
const slowPieces = 50

// slowPiece is the size of a piece at a rate in bytes a second.
func slowPiece(rate int64) int64 { return max(rate/slowPieces, 1) }

// sentAfter is how long the bytes take at a rate in bytes a second, in ns.
func sentAfter(sent, rate int64) int64 { return timeOf(float64(sent) / float64(rate) * 1e9) }
