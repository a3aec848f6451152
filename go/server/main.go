// Command server is the load server of the workloads "fetch" and "crawl": it answers pages after a delay, misbehaves
// when asked to, counts what is in flight, and ends when the program that started it ends. With --echo it is also
// the echo server of the workload "echo", on a port of its own. As "server load" it is the other end, the clients
// of an echo server: load.go.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "load" {
		generate(os.Args[2:])
		return
	}
	address := flag.String("address", "127.0.0.1:0", "loopback `host:port` to listen on; port 0 lets the system pick")
	echo := flag.Bool("echo", false, "listen on a second, free port of 127.0.0.1 as well, and send back what comes there")
	flag.Parse()
	if flag.NArg() > 0 {
		fail(2, fmt.Errorf("expected flags only, got %q: see --help", flag.Arg(0)))
	}
	loopback, err := parseLoopback(*address)
	if err != nil {
		fail(2, err)
	}
	listener, err := listen(loopback)
	if err != nil {
		fail(1, err)
	}
	var echoes *net.TCPListener
	if *echo {
		if echoes, err = listen(netip.MustParseAddrPort("127.0.0.1:0")); err != nil {
			fail(1, err)
		}
	}
	fmt.Print(spell(listener, echoes))

	go endWithParent()
	fail(1, serve(listener, echoes))
}

// spell names where we listen: for pages and, where there are any, for echoes.
func spell(pages, echoes *net.TCPListener) string {
	text := fmt.Sprintf("http://%s\n", pages.Addr())
	if echoes != nil {
		text += fmt.Sprintf("tcp://%s\n", echoes.Addr())
	}
	return text
}

func fail(code int, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(code)
}

func parseLoopback(address string) (netip.AddrPort, error) {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || !parsed.Addr().IsLoopback() {
		return parsed, fmt.Errorf("expected a loopback address and port, got %q: use --address 127.0.0.1:0", address)
	}
	return parsed, nil
}

func listen(address netip.AddrPort) (*net.TCPListener, error) {
	listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(address))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("address %s is taken: leave --address out to let the system pick a free port", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

// endWithParent relies on the parent holding the only write end of our standard input: the system closes it
// however the parent dies, so no server is ever left over. Signals need no code; they end a Go program anyway.
func endWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
