package worker

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/plainfile"
)

// FileError is a file that a request names and that cannot be used, with the key that names it.
type FileError struct {
	Key string
	Err error
}

func (e *FileError) Error() string { return e.Key + ": " + e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

// TLS returns the configuration of HTTPS for requests, nil for the default one. It reads the
// files of the certificates; its error is a *FileError.
func TLS(r request.Request) (*tls.Config, error) {
	if r.CA == "" && r.Cert == "" && !r.Insecure {
		return nil, nil
	}
	c := &tls.Config{InsecureSkipVerify: r.Insecure}
	if r.CA != "" {
		pem, err := plainfile.Read(r.CA, plainfile.MaxConfig)
		if err != nil {
			return nil, &FileError{"ca", err}
		}
		if c.RootCAs, err = x509.SystemCertPool(); err != nil {
			c.RootCAs = x509.NewCertPool() // a system without one
		}
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &FileError{"ca", fmt.Errorf("%s has no certificate in PEM", r.CA)}
		}
	}
	if r.Cert != "" {
		pair, err := tls.LoadX509KeyPair(r.Cert, r.Key)
		if err != nil {
			return nil, &FileError{"cert", err}
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
