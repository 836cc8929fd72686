// Command echoserver answers, in a guest, what it hears: over TCP and UDP on one port. With a second
// argument it asks itself that many times, over one connection and over one each, and prints how long
// the answers took, in nanoseconds, as two lines. For tests and the bench; no part of the product.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	address := ":" + os.Args[1]
	server, err := net.Listen("tcp", address)
	check(err)
	datagrams, err := net.ListenPacket("udp", address)
	check(err)
	go echoDatagrams(datagrams)
	go echoStreams(server)
	fmt.Println("up")
	if len(os.Args) > 2 {
		rounds, err := strconv.Atoi(os.Args[2])
		check(err)
		kept, err := net.Dial("tcp4", "127.0.0.1"+address)
		check(err)
		report(rounds, func() { ask(kept) })
		report(rounds, func() {
			fresh, err := net.Dial("tcp4", "127.0.0.1"+address)
			check(err)
			ask(fresh)
			_ = fresh.Close()
		})
	}
	select {}
}

func echoStreams(server net.Listener) {
	for {
		conn, err := server.Accept()
		check(err)
		go func() {
			_, _ = io.Copy(conn, conn)
			_ = conn.Close()
		}()
	}
}

func echoDatagrams(conn net.PacketConn) {
	buffer := make([]byte, 1<<16)
	for {
		n, from, err := conn.ReadFrom(buffer)
		check(err)
		_, _ = conn.WriteTo(buffer[:n], from)
	}
}

// requestBytes is a small request; the bench's is as large.
const requestBytes = 128

func ask(conn net.Conn) {
	request := make([]byte, requestBytes)
	_, err := conn.Write(request)
	check(err)
	_, err = io.ReadFull(conn, request)
	check(err)
}

func report(rounds int, once func()) {
	times := make([]string, rounds)
	for i := range times {
		began := time.Now()
		once()
		times[i] = strconv.FormatInt(time.Since(began).Nanoseconds(), 10)
	}
	fmt.Println(strings.Join(times, " "))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
