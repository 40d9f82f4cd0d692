// Command greeter is the service of examples/grpc: it has the health check and reflection of
// gRPC, and answers each call after a fixed time.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
)

func main() {
	address := flag.String("addr", "127.0.0.1:8097", "where to listen, host:port")
	took := flag.Duration("time", 20*time.Millisecond, "how long a call takes")
	flag.Parse()
	if err := serve(*address, *took); err != nil {
		fmt.Fprintln(os.Stderr, "greeter:", err)
		os.Exit(1)
	}
}

func serve(address string, took time.Duration) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		select {
		case <-time.After(took):
			return handle(ctx, req)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}))
	healthpb.RegisterHealthServer(s, health.NewServer())
	reflection.Register(s)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, s.Stop)
	fmt.Println("listening on", l.Addr())
	return s.Serve(l)
}
