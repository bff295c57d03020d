package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/wasock"
	cookies "wit_component/wasock_websocket_cookies"
	environment "wit_component/wasock_websocket_environment"
	events "wit_component/wasock_websocket_events"
	execution "wit_component/wasock_websocket_execution"
	http "wit_component/wasock_websocket_http"
	metrics "wit_component/wasock_websocket_metrics"
	secrets "wit_component/wasock_websocket_secrets"
	sockets "wit_component/wasock_websocket_sockets"
	summary "wit_component/wasock_websocket_summary"
	tags "wit_component/wasock_websocket_tags"
	timers "wit_component/wasock_websocket_timers"
	types "wit_component/wasock_websocket_types"
)

var (
	queue *events.EventQueue
	base  string
	none  = witTypes.None[uint16]()
	how   = sockets.ConnectOptions{}
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
	waiting()
	givingUp()
	alarms()
	return nil
}

// vuTranscript makes calls that the world vu has besides.
func vuTranscript(string) error {
	begin()
	defer queue.Drop()
	request()
	cookieJar()
	measuring()
	surroundings()
	return nil
}

func begin() {
	base = wasock.Env("WS", "ws://echo.example")
	queue = events.MakeEventQueue()
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
	attempt("/garbage", "x", how)
	attempt("/status/404", "", how)
	attempt("/not-websocket", "", how)
	attempt("/garbage-handshake", "", how)
	timeout := witTypes.Some(wasock.Nanoseconds(50 * time.Millisecond))
	attempt("/slow-handshake", "", sockets.ConnectOptions{Timeout: timeout})
	attempt("ws://blocked.test/", "", how)
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

func request() {
	request := http.MakeRequest(witTypes.Some(queue))
	defer request.Drop()
	url := "http" + strings.TrimPrefix(base, "ws") + "/http/status/418"
	jar := witTypes.None[*cookies.Jar]()
	result("request of a wrong method", request.Start("a b", url, http.RequestOptions{}, jar))
	result("request", request.Start("GET", url, http.RequestOptions{}, jar))
	event()
	wasock.Log("status %d", request.Take().Some().Answer.Ok().Status)
	wasock.Log("taken again: %s", yes(request.Take().IsSome()))
}

func cookieJar() {
	jar := cookies.MakeJar()
	defer jar.Drop()
	result("set", jar.Set("ws://a.test/", "a", "b", cookies.Attributes{}))
	result("set for nonsense", jar.Set("nonsense", "a", "b", cookies.Attributes{}))
	for _, cookie := range jar.Cookies("ws://a.test/").Ok() {
		wasock.Log("cookie %s=%s", cookie.F0, cookie.F1)
	}
}

func measuring() {
	declare := func(what, name string, kind metrics.Kind) uint32 {
		return result(what, metrics.Declare(name, kind, metrics.Contents_Default))
	}
	first := declare("declare", "transcript", metrics.Kind_Counter)
	second := declare("declare again", "transcript", metrics.Kind_Counter)
	wasock.Log("the same: %s", yes(first == second))
	declare("declare as another", "transcript", metrics.Kind_Trend)
	declare("declare a wrong name", "a b", metrics.Kind_Trend)
	metrics.Add(first, 3, nil)
	wasock.Check("transcript", true)
	tags.Set("language", "any")
	for _, tag := range tags.All() {
		if tag.Name == "language" {
			wasock.Log("tag %s=%s", tag.Name, tag.Value)
		}
	}
	tags.Remove("language")
}

func surroundings() {
	wasock.Log("variable %s", wasock.Env("NAME", "missing"))
	wasock.Log("random-bytes %d", len(environment.RandomBytes(16)))
	vu, scenario := execution.Vu(), execution.Scenario().Some()
	wasock.Log("vu %d iteration %d", vu.IdInTest, vu.IterationInInstance)
	wasock.Log("scenario %s %s", scenario.Name, scenario.Executor)
	result("secret", secrets.Get(witTypes.None[string](), "key"))
	some := "none"
	if summary.Text(false, nil).IsSome() {
		some = "some"
	}
	wasock.Log("summary: %s", some)
	wasock.Log("value %s", summary.Value(1234.5, metrics.Contents_Time, witTypes.None[string]()))
	wasock.Log("share %s", summary.Share(0.5))
	wasock.Log("interrupted: %s", yes(execution.Interrupted()))
}

// next is the next event.
func next() events.Event { return queue.Wait(1, witTypes.None[uint64]()).Ok()[0] }

// event writes the next event, and returns its kind.
func event() uint8 {
	event := next()
	wasock.Log("%s", line(event))
	return event.Tag()
}

func line(event events.Event) string {
	bytes := func(kind string, message events.BinaryMessage) string {
		return fmt.Sprintf("%s %d [%s]", kind, message.Socket, hex.EncodeToString(message.Data))
	}
	switch event.Tag() {
	case events.Event_Opened:
		opened := event.Opened()
		return fmt.Sprintf("opened %d status %d protocol %q", opened.Socket, opened.Handshake.Status,
			opened.Handshake.Protocol)
	case events.Event_Failed:
		failed, status := event.Failed(), uint16(0)
		if failed.Handshake.IsSome() {
			status = failed.Handshake.Some().Status
		}
		return fmt.Sprintf("failed %d status %d %s", failed.Socket, status, wasock.Describe(failed.Failure.Code))
	case events.Event_Text:
		return fmt.Sprintf("text %d \"%s\"", event.Text().Socket, event.Text().Data)
	case events.Event_Binary:
		return bytes("binary", event.Binary())
	case events.Event_Ping:
		return bytes("ping", event.Ping())
	case events.Event_Pong:
		return bytes("pong", event.Pong())
	case events.Event_Closed:
		closed, clean, failure := event.Closed(), "unclean", "no failure"
		if closed.WasClean {
			clean = "clean"
		}
		if closed.Failure.IsSome() {
			failure = wasock.Describe(closed.Failure.Some().Code)
		}
		return fmt.Sprintf("closed %d code %d %q %s %s", closed.Socket, closed.Code, closed.Reason, clean, failure)
	case events.Event_Timer:
		return fmt.Sprintf("timer %d", event.Timer().Timer)
	default:
		return fmt.Sprintf("completed %d", event.Completed().Operation)
	}
}

func count(what string, most uint32, timeout time.Duration) {
	found := queue.Wait(most, witTypes.Some(wasock.Nanoseconds(timeout))).Ok()
	wasock.Log("%s: %d events", what, len(found))
}

func state(socket *sockets.Socket) {
	states := []string{"unconnected", "connecting", "open", "closing", "closed"}
	wasock.Log("state %s", states[socket.State()])
}

// result writes what a call came to, and returns its value.
func result[T, E any](what string, result witTypes.Result[T, E]) T {
	value, err := wasock.Value(result)
	if err != nil {
		wasock.Log("%s: %s", what, err)
	} else {
		wasock.Log("%s: ok", what)
	}
	return value
}

func yes(whether bool) string {
	if whether {
		return "yes"
	}
	return "no"
}
