package main

import (
	"fmt"
	"strings"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/wasock"
	events "wit_component/wasock_websocket_events"
	sockets "wit_component/wasock_websocket_sockets"
	timers "wit_component/wasock_websocket_timers"
	types "wit_component/wasock_websocket_types"
)

var (
	none = witTypes.None[uint16]()
	how  = sockets.ConnectOptions{}
)

// clientTranscript makes calls of every kind that the world client has, with a line for each fact:
// guests/transcripts/ has the lines.
func clientTranscript(string) error {
	begin()
	defer queue.Drop()
	socket := sockets.MakeSocket(queue)
	wasock.Log("socket %d", socket.Id())
	beforeConnect(socket)
	conversation(socket)
	closing(socket)
	socket.Drop()
	endings()
	securing()
	waiting()
	givingUp()
	alarms()
	return nil
}

func beforeConnect(socket *sockets.Socket) {
	state(socket)
	result("send-text", socket.SendText("x"))
	result("send-binary", socket.SendBinary([]byte("x")))
	result("ping", socket.Ping([]byte("p")))
	result("close", socket.Close(witTypes.Some[uint16](1000), ""))
	socket.Abort()
	state(socket)
	result("connect to nonsense", socket.Connect("nonsense", how))
	result("connect to http", socket.Connect("http://a.test/", how))
	protocols := sockets.ConnectOptions{Protocols: []string{"a b"}}
	result("connect with a wrong protocol", socket.Connect(base, protocols))
	headers := sockets.ConnectOptions{Headers: []types.Header{{Name: "a b", Value: "a b"}}}
	result("connect with a wrong header", socket.Connect(base, headers))
	result("connect to a long URL", socket.Connect("ws://a.test/"+strings.Repeat("x", 299_987), how))
}

func conversation(socket *sockets.Socket) {
	offer := sockets.ConnectOptions{Protocols: []string{"unsupported", "chat.v1"}}
	result("connect", socket.Connect(base+"/protocol", offer))
	event()
	state(socket)
	for _, text := range []string{"hello", "", "✓ 🐊"} {
		result("send-text", socket.SendText(text))
		event()
	}
	result("send-binary", socket.SendBinary([]byte{0, 1, 255}))
	event()
	result("send-binary of nothing", socket.SendBinary(nil))
	event()
	result("ping", socket.Ping([]byte("p")))
	event()
	result("ping of 126 bytes", socket.Ping(make([]byte, 126)))
	for digit := range 10 {
		result("send-text", socket.SendText(fmt.Sprint(digit)))
	}
	for range 10 {
		event()
	}
	wasock.Log("buffered-amount %d", socket.BufferedAmount())
}

func closing(socket *sockets.Socket) {
	code := witTypes.Some[uint16](3001)
	result("close with a reason alone", socket.Close(none, "bye"))
	result("close with a reason of 124 bytes", socket.Close(witTypes.Some[uint16](1000), strings.Repeat("r", 124)))
	result("close", socket.Close(code, "bye"))
	event()
	state(socket)
	result("close again", socket.Close(code, "bye"))
	result("send-text when closed", socket.SendText("x"))
	count("after closed", 64, 0)
}

func endings() {
	attempt("/push?n=3&size=4", "", how)
	attempt("/push?n=1&size=100", "", sockets.ConnectOptions{MaxMessageSize: witTypes.Some[uint64](10)})
	attempt("/close?code=4001&reason=oops&now=1", "", how)
	attempt("/close", "x", how)
	attempt("/drop", "x", how)
	attempt("/reset", "x", how)
	attempt("/garbage", "x", how)
	attempt("/fault?flip=1048", "", how)
	attempt("/status/404", "", how)
	attempt("/not-websocket", "", how)
	attempt("/garbage-handshake", "", how)
	timeout := witTypes.Some(wasock.Nanoseconds(50 * time.Millisecond))
	attempt("/slow-handshake", "", sockets.ConnectOptions{Timeout: timeout})
	attempt("ws://blocked.test/", "", how)
	attempt("ws://nobody.invalid/", "", how)
	attempt("ws://127.0.0.1:1/", "", how)
}

// attempt connects, says something once it is open, and writes what comes of it until the end.
func attempt(path, message string, how sockets.ConnectOptions) {
	socket := sockets.MakeSocket(queue)
	defer socket.Drop()
	url := path
	if !strings.Contains(path, "://") {
		url = base + path
	}
	result(path, socket.Connect(url, how))
	for {
		switch event() {
		case events.Event_Opened:
			if message != "" {
				result("send-text", socket.SendText(message))
			}
		case events.Event_Closed, events.Event_Failed:
			return
		}
	}
}

// securing speaks TLS to a server that does not.
func securing() {
	socket := sockets.MakeSocket(queue)
	defer socket.Drop()
	_, rest, _ := strings.Cut(wasock.Env("PLAIN", base), ":")
	result("connect by TLS", socket.Connect("wss:"+rest, how))
	event()
}

// waiting looks at states that last as long as the server keeps the socket in them.
func waiting() {
	late := sockets.MakeSocket(queue)
	result("connect", late.Connect(base+"/slow-handshake", how))
	state(late)
	result("connect again", late.Connect(base+"/slow-handshake", how))
	result("send-text while connecting", late.SendText("x"))
	result("ping while connecting", late.Ping([]byte("p")))
	result("close while connecting", late.Close(none, ""))
	event()
	late.Drop()
	silent := sockets.MakeSocket(queue)
	result("connect", silent.Connect(base+"/silent", how))
	event()
	result("close", silent.Close(witTypes.Some[uint16](3001), "bye"))
	state(silent)
	result("send-text while closing", silent.SendText("x"))
	result("ping while closing", silent.Ping([]byte("p")))
	silent.Abort()
	event()
	state(silent)
	silent.Drop()
}

func givingUp() {
	for _, abort := range []bool{true, false} {
		socket := sockets.MakeSocket(queue)
		result("connect", socket.Connect(base+"/ping?n=3", how))
		for range 4 {
			event()
		}
		if abort {
			socket.Abort()
			event()
			state(socket)
		}
		socket.Drop()
	}
	count("after a drop", 64, 20*time.Millisecond)
}

func alarms() {
	count("wait of 0", 0, time.Millisecond)
	count("wait without waiting", 1, 0)
	once := timers.MakeTimer(queue, wasock.Nanoseconds(time.Millisecond), witTypes.None[uint64]())
	event()
	once.Drop()
	period := wasock.Nanoseconds(5 * time.Millisecond)
	again := timers.MakeTimer(queue, 0, witTypes.Some(period))
	last, whole := next().Timer(), true
	for range 2 {
		fired := next().Timer()
		whole = whole && fired.Due-last.Due == period*(1+last.Missed)
		last = fired
	}
	wasock.Log("periods are whole: %s", yes(whole))
	again.Drop()
	// A period may have gone by before.
	queue.Wait(64, witTypes.Some(uint64(0)))
	timers.MakeTimer(queue, wasock.Nanoseconds(10*time.Millisecond), witTypes.None[uint64]()).Drop()
	count("after the timers", 64, 30*time.Millisecond)
}

func count(what string, most uint32, timeout time.Duration) {
	found := queue.Wait(most, witTypes.Some(wasock.Nanoseconds(timeout))).Ok()
	wasock.Log("%s: %d events", what, len(found))
}

func state(socket *sockets.Socket) {
	states := []string{"unconnected", "connecting", "open", "closing", "closed"}
	wasock.Log("state %s", states[socket.State()])
}
