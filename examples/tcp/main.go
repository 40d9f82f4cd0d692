// Command tcp is the service of examples/tcp: it answers each line with the line, after a fixed
// time. It stops at SIGINT.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"time"
)

func main() {
	address := flag.String("addr", "127.0.0.1:8096", "where to listen, host:port")
	took := flag.Duration("time", 5*time.Millisecond, "how long an answer takes")
	flag.Parse()
	l, err := net.Listen("tcp", *address)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tcp:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { l.Close() })
	fmt.Println("listening on", l.Addr())
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go answer(conn, *took)
	}
}

func answer(conn net.Conn, took time.Duration) {
	defer conn.Close()
	for in := bufio.NewReader(conn); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		time.Sleep(took)
		if _, err := io.WriteString(conn, line); err != nil {
			return
		}
	}
}
