package grpccall

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/request"
)

// serve has a server answer health checks until the test ends; seen gets who asked.
func serve(t *testing.T, reflects bool) (address string, seen *atomic.Value) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen = new(atomic.Value)
	s := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		seen.Store(strings.Join(md.Get("x-tenant"), ","))
		if req.(*healthpb.HealthCheckRequest).Service == "slow" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return handle(ctx, req)
	}))
	h := health.NewServer()
	h.SetServingStatus("task 17", healthpb.HealthCheckResponse_NOT_SERVING)
	healthpb.RegisterHealthServer(s, h)
	if reflects {
		reflection.Register(s)
	}
	done := make(chan bool)
	go func() { _ = s.Serve(l); close(done) }()
	t.Cleanup(func() { s.Stop(); <-done })
	return l.Addr().String(), seen
}

func opened(t *testing.T, g *call.GRPC, warm bool) (call.Caller, *atomic.Int64, error) {
	t.Helper()
	dialled := new(atomic.Int64)
	k, err := open(g, call.Means{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}})
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() { k.Close() })
	return k, dialled, k.Open(t.Context(), 10, warm)
}

func task(n int) call.Task { return call.Task{Round: 1, Number: n} }

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

const check = "grpc.health.v1.Health/Check"

func TestCalls(t *testing.T) {
	t.Setenv("TENANT", "a")
	address, seen := serve(t, true)
	for _, c := range []struct {
		g     call.GRPC
		bytes int64
		err   string
	}{
		{call.GRPC{Method: check}, 2, ""},
		{call.GRPC{Method: check, Channels: 3, Expect: request.Expect{JSON: []request.Value{{Path: "status", Want: `"SERVING"`}}}}, 2, ""},
		{call.GRPC{Method: check, Message: `{"service": "task {task}"}`, Expect: request.Expect{Contains: "NOT_SERVING"}}, 2, ""},
		{call.GRPC{Method: check, Message: `{"service": "task {task}"}`, Expect: request.Expect{JSON: []request.Value{{Path: "status", Want: `"SERVING"`}}}}, 2, `the body's value "status" is not "\"SERVING\""`},
		{call.GRPC{Method: check, Message: `{"service": "none"}`}, 0, "gRPC NotFound: unknown service"},
		{call.GRPC{Method: check, Message: `{"servce": "none"}`}, 0, "message: it is no grpc.health.v1.HealthCheckRequest"},
		{call.GRPC{Method: "grpc.health.v1.Health/Chekc"}, 0, "service grpc.health.v1.Health has no method Chekc (it has: Check"},
		{call.GRPC{Method: "grpc.health.v1.Health/Watch"}, 0, "grpc.health.v1.Health.Watch streams; only unary calls can be tasks"},
		{call.GRPC{Method: "shop.Orders/Get"}, 0, "shop.Orders"},
	} {
		for _, warm := range []bool{true, false} {
			c.g.Address, c.g.Metadata = address, []request.Header{{Name: "X-Tenant", Value: "${TENANT}-{task}"}}
			k, dialled, err := opened(t, &c.g, warm)
			if err == nil {
				if n := dialled.Load(); warm != (n == int64(max(c.g.Channels, 1))) {
					t.Errorf("%s: %d connections are open", c.g.Method, n)
				}
				var a call.Answer
				if a, err = k.Do(t.Context(), task(17)); a.Bytes != c.bytes {
					t.Errorf("%s: %d bytes, want %d", c.g.Method, a.Bytes, c.bytes)
				}
			}
			if got := text(err); !strings.HasPrefix(got, c.err) && !strings.Contains(got, c.err) || (got == "") != (c.err == "") {
				t.Errorf("%s %s: %q, want %q", c.g.Method, c.g.Message, got, c.err)
			}
			if c.err == "" && seen.Load() != "a-17" {
				t.Errorf("metadata: %v", seen.Load())
			}
			if k != nil {
				k.Close()
			}
		}
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	address, _ := serve(t, true)
	k, _, err := opened(t, &call.GRPC{Address: address, Method: check, Message: `{"service": "slow"}`}, true)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := k.Do(ctx, task(0)); done <- err }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
}

// A server without reflection needs a file of descriptors, and one is enough.
func TestDescriptorsFromAFile(t *testing.T) {
	address, _ := serve(t, false)
	if _, _, err := opened(t, &call.GRPC{Address: address, Method: check}, true); !strings.Contains(text(err), "target.grpc.descriptors") {
		t.Errorf("%v, want what to name", err)
	}
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{protodesc.ToFileDescriptorProto(healthpb.File_grpc_health_v1_health_proto)}}
	b, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "health.pb")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	k, _, err := opened(t, &call.GRPC{Address: address, Method: check, Descriptors: file}, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Do(t.Context(), task(0)); err != nil {
		t.Error(err)
	}
	for content, want := range map[string]string{"not descriptors": "it is no set of descriptors", "": "no service grpc.health.v1.Health"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := opened(t, &call.GRPC{Address: address, Method: check, Descriptors: file}, true); !strings.Contains(text(err), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
}
