// Package grpccall makes unary calls by gRPC: it registers what makes the calls of call.GRPC.
package grpccall

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/request"
)

func init() { call.RegisterCaller("grpc", open) }

// caller makes calls over a number of channels, in turn.
type caller struct {
	*call.GRPC
	means   call.Means
	creds   credentials.TransportCredentials
	checker *request.Checker
	next    atomic.Uint64

	mu       sync.Mutex
	channels []*grpc.ClientConn
	method   protoreflect.MethodDescriptor // nil until it has been looked up
}

func open(c call.Call, m call.Means) (call.Caller, error) {
	of, ok := c.(*call.GRPC)
	if !ok {
		return nil, fmt.Errorf("%T is no call by gRPC", c)
	}
	k := &caller{GRPC: of, means: m, creds: insecure.NewCredentials()}
	var err error
	if of.TLS {
		if k.creds, err = secure(of); err != nil {
			return nil, err
		}
	}
	if of.Descriptors != "" {
		if k.method, err = methodFromFile(of.Descriptors, of.Method); err != nil {
			return nil, err
		}
	}
	k.checker, err = request.NewChecker(of.Expect)
	return k, err
}

// secure are the credentials of a connection by TLS.
func secure(of *call.GRPC) (credentials.TransportCredentials, error) {
	c := &tls.Config{InsecureSkipVerify: of.Insecure, MinVersion: tls.VersionTLS12}
	if of.CA != "" {
		pem, err := os.ReadFile(of.CA)
		if err != nil {
			return nil, err
		}
		if c.RootCAs, err = x509.SystemCertPool(); err != nil {
			c.RootCAs = x509.NewCertPool()
		}
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: no certificate in it", of.CA)
		}
	}
	return credentials.NewTLS(c), nil
}

// maxMessage is the largest answer, in bytes.
const maxMessage = 64 << 20

// Open opens the channels. Channels connect when the first call needs them, unless they are to
// be warm.
func (k *caller) Open(ctx context.Context, _ int, warm bool) error {
	if err := k.Close(); err != nil {
		return err
	}
	var channels []*grpc.ClientConn
	defer func() {
		k.mu.Lock()
		k.channels = channels
		k.mu.Unlock()
	}()
	for range max(k.Channels, 1) {
		ch, err := grpc.NewClient("passthrough:///"+k.Address,
			grpc.WithTransportCredentials(k.creds),
			grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) { return k.means.Dial(ctx, "tcp", address) }),
			grpc.WithUserAgent("fanbench"), grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithNoProxy(),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
		if err != nil {
			return err
		}
		channels = append(channels, ch)
	}
	if !warm {
		return nil
	}
	for _, ch := range channels {
		ch.Connect()
	}
	for _, ch := range channels {
		for s := ch.GetState(); s != connectivity.Ready; s = ch.GetState() {
			if s == connectivity.TransientFailure {
				break // the calls say why
			}
			if !ch.WaitForStateChange(ctx, s) {
				return ctx.Err()
			}
		}
	}
	if k.lookedUp() == nil {
		m, err := methodFromServer(ctx, channels[0], k.Method)
		if err != nil {
			return err
		}
		k.keep(m)
	}
	return nil
}

func (k *caller) lookedUp() protoreflect.MethodDescriptor {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.method
}

func (k *caller) keep(m protoreflect.MethodDescriptor) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.method = m
}

var errNotOpen = errors.New("no channel is open")

// channel is the next channel in turn, and the method's description.
func (k *caller) channel(ctx context.Context) (*grpc.ClientConn, protoreflect.MethodDescriptor, error) {
	k.mu.Lock()
	channels, method := k.channels, k.method
	k.mu.Unlock()
	if len(channels) == 0 {
		return nil, nil, errNotOpen
	}
	ch := channels[k.next.Add(1)%uint64(len(channels))]
	if method != nil {
		return ch, method, nil
	}
	m, err := methodFromServer(ctx, ch, k.Method)
	if err == nil {
		k.keep(m)
	}
	return ch, m, err
}

func (k *caller) Do(ctx context.Context, t call.Task) (call.Answer, error) {
	ch, method, err := k.channel(ctx)
	if err != nil {
		return call.Answer{}, plain(ctx, err)
	}
	in, out := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	if k.Message != "" {
		if err := protojson.Unmarshal([]byte(t.Fill(k.Message)), in); err != nil {
			return call.Answer{}, fmt.Errorf("message: it is no %s: %w", method.Input().FullName(), err)
		}
	}
	for _, h := range k.Metadata {
		ctx = metadata.AppendToOutgoingContext(ctx, strings.ToLower(h.Name), request.Expand(t.Fill(h.Value)))
	}
	if err := ch.Invoke(ctx, path(k.Method), in, out); err != nil {
		return call.Answer{}, plain(ctx, err)
	}
	a := call.Answer{Bytes: int64(proto.Size(out))}
	if !k.checker.Body() {
		return a, nil
	}
	body, err := protojson.Marshal(out)
	if err != nil {
		return a, err
	}
	return a, k.checker.CheckBody(body)
}

// plain is an error as other targets have it: that of the context where it has ended, else
// the status and its words.
func plain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s, ok := status.FromError(err)
	switch {
	case !ok:
		return err
	case s.Code() == codes.DeadlineExceeded:
		return context.DeadlineExceeded
	}
	return fmt.Errorf("gRPC %s: %s", s.Code(), s.Message())
}

func path(method string) string { return "/" + strings.TrimPrefix(method, "/") }

func (k *caller) Connections() int64 { return 0 } // Dial counts

func (k *caller) Close() error {
	k.mu.Lock()
	channels := k.channels
	k.channels = nil
	k.mu.Unlock()
	var errs []error
	for _, ch := range channels {
		errs = append(errs, ch.Close())
	}
	return errors.Join(errs...)
}
