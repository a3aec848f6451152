// The server under test is always a process of its own, as it is in a benchmark: the test binary runs itself.

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const asServer = "RUN_AS_LOAD_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func command(name string, arguments ...string) *exec.Cmd {
	cmd := exec.Command(name, arguments...)
	cmd.Env = append(os.Environ(), asServer+"=1", "GORACE=atexit_sleep_ms=0") // the race detector would linger for 1 s
	return cmd
}

// A child is a running server; closing stdin ends it.
type child struct {
	*testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	stderr *bufio.Reader
	url    string
}

func start(t *testing.T) *child { return startCommand(t, command(os.Args[0])) }

func startCommand(t *testing.T, cmd *exec.Cmd) *child {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	check(t, err)
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	stderr, err := cmd.StderrPipe()
	check(t, err)
	check(t, cmd.Start())
	s := &child{T: t, cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout), stderr: bufio.NewReader(stderr)}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := s.stdout.ReadString('\n')
	check(t, err)
	s.url = strings.TrimSuffix(line, "\n")
	return s
}

func (s *child) dial() *net.TCPConn { return s.dialFrom(net.IPv4(127, 0, 0, 1)) }

func (s *child) dialFrom(source net.IP) *net.TCPConn {
	s.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: source}}
	c, err := from.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	check(s.T, err)
	s.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

// ask sends a request on a connection of its own and returns the answer with its body read.
func (s *child) ask(method, path string) (*http.Response, string) {
	s.Helper()
	c := s.dial()
	defer c.Close()
	send(s.T, c, method+" "+path+" HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
	return receive(s.T, bufio.NewReader(c), method)
}

func (s *child) stats() stats {
	s.Helper()
	return s.decode(s.ask("GET", "/stats"))
}

func (s *child) decode(_ *http.Response, body string) (counts stats) {
	s.Helper()
	check(s.T, json.Unmarshal([]byte(body), &counts))
	return counts
}

// until asks for the stats again and again; that the wanted state never comes is for go test's own time limit.
func (s *child) until(reached func(stats) bool) {
	s.Helper()
	for !reached(s.stats()) {
	}
}

// stop returns once the server stands still, so that what is sent until resume is there before it looks again.
func (s *child) stop() {
	s.Helper()
	s.Cleanup(s.resume) // or it could not end
	check(s.T, s.cmd.Process.Signal(syscall.SIGSTOP))
	var status syscall.WaitStatus
	_, err := syscall.Wait4(s.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	check(s.T, err)
	expect(s.T, "stopped", status.Stopped(), true)
}

func (s *child) resume() { _ = s.cmd.Process.Signal(syscall.SIGCONT) }

// hold opens connections and waits until the server has accepted them all.
func (s *child) hold(count int) []*net.TCPConn {
	s.Helper()
	conns := make([]*net.TCPConn, count)
	for i := range conns {
		conns[i] = s.dial()
	}
	s.until(func(n stats) bool { return n.Connections == int64(count)+1 })
	return conns
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n" }

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	_, err := io.WriteString(c, text)
	check(t, err)
}

func receive(t *testing.T, from *bufio.Reader, method string) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(from, &http.Request{Method: method})
	check(t, err)
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return response, string(body)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: expected %v, got %v", what, want, got)
	}
}

func TestRoutes(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		method, path string
		status       int
		body         string // how the body begins
	}{
		{"GET", "/delay/0/7", 200, "7\n"},
		{"GET", "/delay/1/0", 200, "0\n"},
		{"GET", "/delay/0/9007199254740991", 200, "9007199254740991\n"},
		{"GET", "/delay/0/9007199254740992", 400, "expected page from 0 to 9007199254740991, got"},
		{"GET", "/delay/60001/1", 400, "expected delay in milliseconds from 0 to 60000, got"},
		{"GET", "/delay/-1/1", 400, "expected delay"},
		{"GET", "/delay/1.5/1", 400, "expected delay"},
		{"GET", "/delay//1", 400, "expected delay"},
		{"GET", "/delay/1/", 400, "expected page"},
		{"GET", "/delay/1/x?y", 400, "expected page"},
		{"GET", "/delay/1", 404, "expected /delay/MS/PAGE"},
		{"GET", "/delay/1/2/3", 404, "expected /delay/MS/PAGE"},
		{"GET", "/", 404, "expected /delay/MS/PAGE"},
		{"POST", "/elsewhere", 404, "expected /delay/MS/PAGE"},
		{"POST", "/delay/0/1", 405, "expected method GET, got POST"},
		{"HEAD", "/delay/0/1", 405, ""},
		{"PUT", "/stats", 405, "expected method GET, got PUT"},
		{"GET", "/stats/reset", 405, "expected method POST, got GET"},
		{"GET", "/fault/error/7/delay/0/7", 500, "7\n"},
		{"GET", "/fault/error/7/delay/0/8", 200, "8\n"},
		{"GET", "/fault/reset/7/delay/0/8", 200, "8\n"},
		{"GET", "/fault/truncate/7/delay/0/8", 200, "8\n"},
		{"GET", "/fault/hang/7/delay/0/8", 200, "8\n"},
		{"GET", "/fault/smoke/7/delay/0/8", 400, "expected fault error, reset, truncate or hang, got \"smoke\""},
		{"GET", "/fault/error/x/delay/0/8", 400, "expected faulty page"},
		{"GET", "/fault/error/7/delay/0/x", 400, "expected page"},
		{"GET", "/fault/error/7", 404, "expected /delay/MS/PAGE"},
	} {
		response, body := s.ask(c.method, c.path)
		name := c.method + " " + c.path
		expect(t, name, response.StatusCode, c.status)
		expect(t, name+" media type", response.Header.Get("Content-Type"), "text/plain")
		if !strings.HasPrefix(body, c.body) {
			t.Errorf("%s: expected body %q, got %q", name, c.body, body)
		}
	}
}

func TestDelayIsNeverShort(t *testing.T) {
	s := start(t)
	const delay = 20 * time.Millisecond
	for round := 0; round < 5; round++ {
		began := time.Now()
		s.ask("GET", "/delay/20/1")
		if took := time.Since(began); took < delay {
			t.Errorf("expected %v at least, got %v", delay, took)
		}
	}
}

func TestKeepsTheConnectionAndTheOrder(t *testing.T) {
	s := start(t)
	c := s.dial()
	answers := bufio.NewReader(c)
	for round := 1; round <= 3; round++ {
		send(t, c, get("/delay/15/1")+get("/delay/0/2")+get("/nowhere")+get("/delay/x/3")+get("/delay/5/4"))
		for _, want := range []string{"1\n", "2\n", "", "", "4\n"} {
			response, body := receive(t, answers, "GET")
			expect(t, "connection closes", response.Close, false)
			if want != "" {
				expect(t, fmt.Sprint("page in round ", round), body, want)
			}
		}
	}
	expect(t, "requests", s.stats().Requests, 9)
}

func TestHeadInPieces(t *testing.T) {
	s := start(t)
	c := s.dial()
	for _, piece := range strings.SplitAfter(get("/delay/0/7"), "") {
		send(t, c, piece)
	}
	_, body := receive(t, bufio.NewReader(c), "GET")
	expect(t, "page", body, "7\n")
}

// More answers than the sockets' buffers hold: the server has to keep some until the client reads.
func TestPipelineOfManyRequests(t *testing.T) {
	s := start(t)
	c := s.dial()
	check(t, c.SetReadBuffer(64<<10))
	const pages = 100_000
	var requests strings.Builder
	var want []byte
	for number := uint64(0); number < pages; number++ {
		requests.WriteString(get(fmt.Sprint("/delay/0/", number)))
		want = page{number: number}.appendTo(want)
	}
	var writing sync.WaitGroup
	writing.Add(1)
	go func() {
		defer writing.Done()
		if _, err := io.WriteString(c, requests.String()); err != nil {
			t.Error(err)
		}
	}()
	defer writing.Wait()

	before := int64(0)
	s.until(func(n stats) bool { // stuck, since nothing is read
		stuck := n.Requests > 0 && n.Requests == before
		before = n.Requests
		return stuck
	})
	got := make([]byte, len(want))
	_, err := io.ReadFull(c, got)
	check(t, err)
	expect(t, "all answers in order", bytes.Equal(got, want), true)
}

func TestClosesWhenAsked(t *testing.T) {
	s := start(t)
	for _, request := range []string{
		"GET /delay/5/7 HTTP/1.0\r\n\r\n",
		"GET /delay/0/7 HTTP/1.1\r\nHost: test\r\nconnection: Keep-Alive, Close\r\n\r\n" + get("/delay/0/8"),
	} {
		c := s.dial()
		send(t, c, request)
		answers := bufio.NewReader(c)
		response, body := receive(t, answers, "GET")
		expect(t, "page", body, "7\n")
		expect(t, "connection closes", response.Close, true)
		_, err := answers.ReadByte()
		expect(t, "what follows", err, io.EOF)
	}
}

func TestRefusesWhatIsNotARequest(t *testing.T) {
	s := start(t)
	filler := strings.Repeat("x", maxHead)
	for _, c := range []struct {
		request string
		status  int
	}{
		{"nonsense\r\n\r\n", 400},
		{"\r\n\r\n", 400},
		{"GET /delay/0/1 HTTP/2.0\r\nHost: test\r\n\r\n", 400},
		{"GET /delay/0/1 HTTP/1.1\nHost: test\n\n", 400},
		{"GET /delay/0/1 HTTP/1.1\r\n\r\n", 400},
		{"GET /delay/0/1 HTTP/1.1\r\nHost: test\r\nno colon\r\n\r\n", 400},
		{"GET /delay/0/1 HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nhi", 400},
		{"GET /delay/0/1 HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"GET /delay/0/1 HTTP/1.1\r\nHost: test\r\nX: " + filler + "\r\n\r\n", 431},
		{"GET /" + filler + filler + filler, 431},
	} {
		conn := s.dial()
		send(t, conn, c.request)
		answers := bufio.NewReader(conn)
		response, _ := receive(t, answers, "GET")
		name := fmt.Sprintf("%.60q", c.request)
		expect(t, name, response.StatusCode, c.status)
		expect(t, name+" closes", response.Close, true)
		_, err := answers.ReadByte()
		expect(t, name+" is followed by", err, io.EOF)
	}
	expect(t, "requests", s.stats().Requests, 0)
}

func TestLargestHead(t *testing.T) {
	s := start(t)
	c := s.dial()
	bare := len("GET /delay/0/7 HTTP/1.1\r\nHost: test\r\nX: \r\n\r\n")
	send(t, c, "GET /delay/0/7 HTTP/1.1\r\nHost: test\r\nX: "+strings.Repeat("x", maxHead-bare)+"\r\n\r\n")
	_, body := receive(t, bufio.NewReader(c), "GET")
	expect(t, "page", body, "7\n")
}

func TestFaultReset(t *testing.T) {
	s := start(t)
	for _, delay := range []string{"0", "5"} {
		c := s.dial()
		send(t, c, get("/fault/reset/7/delay/"+delay+"/7"))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("expected %v, got %v", syscall.ECONNRESET, err)
		}
	}
	expect(t, "in flight", s.stats().InFlight, 0)
}

func TestFaultTruncate(t *testing.T) {
	s := start(t)
	c := s.dial()
	send(t, c, get("/fault/truncate/7/delay/5/7"))
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	check(t, err)
	expect(t, "status", response.StatusCode, 200)
	_, err = io.ReadAll(response.Body)
	expect(t, "end of the body", err, io.ErrUnexpectedEOF)
}

func TestFaultHangHoldsOnUntilTheClientGoes(t *testing.T) {
	s := start(t)
	c := s.dial()
	send(t, c, get("/fault/hang/7/delay/0/7")+get("/delay/0/8"))
	s.until(func(n stats) bool { return n.InFlight == 1 })
	check(t, c.Close())
	s.until(func(n stats) bool { return n.InFlight == 0 })
	expect(t, "requests", s.stats().Requests, 1)
}

func TestClientThatGoesIsNoLongerInFlight(t *testing.T) {
	s := start(t)
	c, other := s.dial(), s.dial()
	send(t, c, get("/delay/60000/1"))
	send(t, other, get("/delay/60000/2"))
	s.until(func(n stats) bool { return n.InFlight == 2 })
	check(t, c.SetLinger(0))
	check(t, c.Close())
	check(t, other.Close())
	s.until(func(n stats) bool { return n.InFlight == 0 })
}

// askTogether has one client wait for a page and then all the others ask at once for pages without a delay.
func (s *child) askTogether(clients int) stats {
	s.Helper()
	conns := s.hold(1 + clients)
	send(s.T, conns[0], get("/fault/hang/7/delay/0/7"))
	s.until(func(n stats) bool { return n.InFlight == 1 })
	s.stop()
	for i, c := range conns[1:] {
		send(s.T, c, get(fmt.Sprint("/delay/0/", i))+get("/delay/0/7")) // the second waits for the first
	}
	s.resume()
	for i, c := range conns[1:] {
		answers := bufio.NewReader(c)
		_, body := receive(s.T, answers, "GET")
		expect(s.T, "first page", body, fmt.Sprintln(i))
		_, body = receive(s.T, answers, "GET")
		expect(s.T, "second page", body, "7\n")
	}
	return s.stats()
}

func TestRequestsThatAreThereTogetherAreInFlightTogether(t *testing.T) {
	const clients = 600
	counts := start(t).askTogether(clients)
	expect(t, "requests", counts.Requests, 1+2*clients)
	expect(t, "in flight", counts.InFlight, 1)
	if counts.InFlightPeak < 10 || counts.InFlightPeak > 1+clients {
		t.Errorf("expected a peak from 10 to %d, got %d", 1+clients, counts.InFlightPeak)
	}
}

func TestOneClientHasOneRequestInFlight(t *testing.T) {
	s := start(t)
	c := s.dial()
	answers := bufio.NewReader(c)
	for _, together := range []int{1, 1, 20} {
		send(t, c, strings.Repeat(get("/delay/0/7"), together))
		for range together {
			receive(t, answers, "GET")
		}
	}
	counts := s.stats()
	expect(t, "requests", counts.Requests, 22)
	expect(t, "peak", counts.InFlightPeak, 1)
}

func TestAnswersWhatIsReadyToAClientThatHasHalfClosed(t *testing.T) {
	s := start(t)
	c := s.hold(1)[0]
	s.stop()
	send(t, c, get("/delay/0/7")+get("/delay/0/8"))
	check(t, c.CloseWrite())
	s.resume()
	got, err := io.ReadAll(c)
	check(t, err)
	expect(t, "answers", string(got), string(page{number: 8}.appendTo(page{number: 7}.appendTo(nil))))
}

func TestClientsThatGoBeforeTheyAreReadLeaveNothingBehind(t *testing.T) {
	s := start(t)
	conns := s.hold(60)
	paths := []string{"/delay/0/7", "/delay/5/7", "/fault/reset/7/delay/0/7", "/fault/truncate/7/delay/0/7"}
	s.stop()
	for i, c := range conns {
		send(t, c, strings.Repeat(get(paths[i%len(paths)]), 2))
		if i%3 == 0 {
			check(t, c.SetLinger(0))
		}
		check(t, c.Close())
	}
	s.resume()
	s.until(func(n stats) bool { return n.InFlight == 0 && n.Connections == 1 })
}

func TestStats(t *testing.T) {
	s := start(t)
	const clients = 30
	conns := make([]*net.TCPConn, clients)
	for i := range conns {
		conns[i] = s.dial()
		send(t, conns[i], get("/fault/hang/7/delay/0/7"))
	}
	s.until(func(n stats) bool { return n.InFlight == clients })
	for _, c := range conns[1:] {
		check(t, c.Close())
	}
	s.until(func(n stats) bool { return n.InFlight == 1 && n.Connections == 2 })

	response, body := s.ask("POST", "/stats/reset")
	expect(t, "media type", response.Header.Get("Content-Type"), "application/json")
	before := s.decode(response, body)
	expect(t, "requests before", before.Requests, clients)
	expect(t, "peak before", before.InFlightPeak, clients)
	s.until(func(n stats) bool { return n.Connections == 2 })
	s.ask("POST", "/stats/reset")
	after := s.stats()
	expect(t, "requests after", after.Requests, 0)
	expect(t, "peak after", after.InFlightPeak, 1)
	if before.ConnectionsPeak < clients+1 || after.ConnectionsPeak > 3 {
		t.Errorf("expected a peak of %d connections and then of 3 at most, got %+v, %+v", clients+1, before, after)
	}
	if after.CPUNs < before.CPUNs || before.CPUNs <= 0 {
		t.Errorf("expected a processor time that grows, got %d and then %d", before.CPUNs, after.CPUNs)
	}
}

// startEchoing starts a server that echoes as well, and tells where.
func startEchoing(t *testing.T) (*child, string) {
	t.Helper()
	s := startCommand(t, command(os.Args[0], "--echo"))
	line, err := s.stdout.ReadString('\n')
	check(t, err)
	address, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "tcp://127.0.0.1:")
	expect(t, "named as the second address", is, true)
	return s, "127.0.0.1:" + address
}

func TestEchoesWhatComes(t *testing.T) {
	s, address := startEchoing(t)
	_, body := s.ask("GET", "/delay/0/7")
	expect(t, "page beside the echoes", body, "7\n")
	for _, size := range []int{1, 64, 2 * maxHead, 2*maxHead + 1, 1 << 20} {
		c, err := net.Dial("tcp", address)
		check(t, err)
		sent := bytes.Repeat([]byte("GET / HTTP/1.1\r\n\r\n"), size/16+1)[:size]
		go func() {
			_, _ = c.Write(sent)
			_ = c.(*net.TCPConn).CloseWrite()
		}()
		got, err := io.ReadAll(c) // until the server has closed, too
		check(t, err)
		expect(t, fmt.Sprintf("echo of %d bytes", size), string(got) == string(sent), true)
		check(t, c.Close())
	}
	counts := s.stats()
	expect(t, "echoed bytes", counts.EchoedBytes, 1+64+4*maxHead+1+(1<<20))
	expect(t, "in flight at once", counts.InFlightPeak, 1)
}

func TestEchoesToManyAtOnce(t *testing.T) {
	s, address := startEchoing(t)
	var group sync.WaitGroup
	for i := range 50 {
		group.Add(1)
		go func() {
			defer group.Done()
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			message := []byte(fmt.Sprintf("message %2d", i))
			answer := make([]byte, len(message))
			for range 20 {
				_, _ = c.Write(message)
				if _, err := io.ReadFull(c, answer); err != nil || !bytes.Equal(answer, message) {
					t.Errorf("expected %q, got %q, %v", message, answer, err)
				}
			}
		}()
	}
	group.Wait()
	s.until(func(n stats) bool { return n.Connections == 1 })
	expect(t, "echoed bytes", s.stats().EchoedBytes, 50*20*10)
	expect(t, "still in flight", s.stats().InFlight, 0)
	s.ask("POST", "/stats/reset")
	expect(t, "echoed bytes after a reset", s.stats().EchoedBytes, 0)
}

func TestEndsWithItsParent(t *testing.T) {
	s := start(t)
	c := s.dial()
	send(t, c, get("/fault/hang/7/delay/0/7"))
	s.until(func(n stats) bool { return n.InFlight == 1 })
	check(t, s.stdin.Close())
	rest, err := io.ReadAll(s.stdout)
	check(t, err)
	complaints, err := io.ReadAll(s.stderr)
	check(t, err)
	check(t, s.cmd.Wait())
	expect(t, "stdout after the first line", string(rest), "")
	expect(t, "stderr", string(complaints), "")
}

func TestEndsOnSignals(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		s := start(t)
		check(t, s.cmd.Process.Signal(signal))
		_ = s.cmd.Wait() // returns once it has ended; how is the signal's business
	}
}

func TestRefusesToStart(t *testing.T) {
	taken := strings.TrimPrefix(start(t).url, "http://")
	const notLoopback = "expected a loopback address and port, got %q: use --address 127.0.0.1:0"
	for _, c := range []struct {
		arguments []string
		code      int
		message   string
	}{
		{[]string{"--address=" + taken}, 1, "address " + taken +
			" is taken: leave --address out to let the system pick a free port"},
		{[]string{"--address=0.0.0.0:0"}, 2, fmt.Sprintf(notLoopback, "0.0.0.0:0")},
		{[]string{"--address=:80"}, 2, fmt.Sprintf(notLoopback, ":80")},
		{[]string{"--address=localhost:80"}, 2, fmt.Sprintf(notLoopback, "localhost:80")},
		{[]string{"now"}, 2, `expected flags only, got "now": see --help`},
	} {
		var stdout, stderr bytes.Buffer
		cmd := command(os.Args[0], c.arguments...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &exit) {
			t.Fatalf("%v: expected a failure, got %v", c.arguments, err)
		}
		expect(t, "exit code", exit.ExitCode(), c.code)
		expect(t, "stderr", stderr.String(), c.message+"\n")
		expect(t, "stdout", stdout.String(), "")
	}
}

func TestGoesOnAtTheOpenFileLimit(t *testing.T) {
	s := startCommand(t, command("sh", "-c", `ulimit -n 64 && exec "$0"`, os.Args[0]))
	var conns [100]*net.TCPConn
	for i := range conns {
		conns[i] = s.dial()
		send(t, conns[i], get(fmt.Sprint("/delay/0/", i)))
	}
	line, err := s.stderr.ReadString('\n')
	check(t, err)
	if !strings.HasPrefix(line, "open file limit 64 reached at ") ||
		!strings.HasSuffix(line, " connections: raise it with 'ulimit -n 30000'\n") {
		t.Errorf("expected the limit and its remedy, got %q", line)
	}
	for i, c := range conns {
		_, body := receive(t, bufio.NewReader(c), "GET")
		expect(t, "page", body, fmt.Sprintln(i))
		check(t, c.Close()) // makes room for one that waits
	}
	check(t, s.stdin.Close())
	rest, err := io.ReadAll(s.stderr)
	check(t, err)
	expect(t, "further complaints", string(rest), "")
}

func TestHoldsManyConnections(t *testing.T) {
	var limit syscall.Rlimit
	check(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	wanted := min(20_000, int(limit.Cur)-100)
	addresses := 1
	if runtime.GOOS == "linux" {
		addresses = 16 // all of 127.0.0.0/8 is ours, and finding the last free ports of one address takes long
	}
	s := start(t)
	conns := make([]*net.TCPConn, wanted)
	for i := range conns {
		conns[i] = s.dialFrom(net.IPv4(127, 0, 0, byte(1+i%addresses)))
		check(t, conns[i].SetLinger(0)) // leaves no port behind in TIME_WAIT
		send(t, conns[i], get("/delay/0/1")+get("/fault/hang/7/delay/0/7"))
	}
	s.until(func(n stats) bool { return n.InFlightPeak == int64(wanted) })
	answer := make([]byte, len("HTTP/1.1 200 OK"))
	for _, c := range conns {
		_, err := io.ReadFull(c, answer)
		check(t, err)
		expect(t, "answer", string(answer), "HTTP/1.1 200 OK")
		check(t, c.Close())
	}
	s.until(func(n stats) bool { return n.InFlight == 0 && n.Connections == 1 })
	t.Logf("%d connections", wanted)
}

func TestARequestTakesNoAllocation(t *testing.T) {
	text := []byte("GET /fault/error/8/delay/10/7 HTTP/1.1\r\nHost: test\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n")
	out := make([]byte, 0, 512)
	expect(t, "allocations", testing.AllocsPerRun(100, func() {
		req, _, _ := parseRequest(text)
		_, wanted, _ := find(req)
		out = wanted.appendTo(out[:0])
	}), 0)
}

func TestNoPrefixIsARequest(t *testing.T) {
	whole := []byte(get("/delay/10/7"))
	for end := range whole {
		_, size, refused := parseRequest(whole[:end])
		if size != 0 || refused != nil {
			t.Errorf("%q: expected an incomplete head, got size %d, refusal %v", whole[:end], size, refused)
		}
	}
	_, size, _ := parseRequest(whole)
	expect(t, "size", size, len(whole))
}
