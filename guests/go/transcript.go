package main

import (
	"encoding/hex"
	"fmt"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/wasock"
	events "wit_component/wasock_websocket_events"
	types "wit_component/wasock_websocket_types"
)

var (
	queue *events.EventQueue
	base  string
)

func begin() {
	base = wasock.Env("WS", "ws://echo.example")
	queue = events.MakeEventQueue()
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
		return fmt.Sprintf("failed %d status %d %s", failed.Socket, status, reason(failed.Failure.Code))
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
			failure = reason(closed.Failure.Some().Code)
		}
		return fmt.Sprintf("closed %d code %d %q %s %s", closed.Socket, closed.Code, closed.Reason, clean, failure)
	case events.Event_Timer:
		return fmt.Sprintf("timer %d", event.Timer().Timer)
	default:
		return fmt.Sprintf("completed %d", event.Completed().Operation)
	}
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

// reason is an error in words that are the same on all hosts: why TLS fails is told in those of their libraries.
func reason(code types.ErrorCode) string {
	if code.Tag() == types.ErrorCode_Tls {
		return "tls"
	}
	return wasock.Describe(code)
}

func yes(whether bool) string {
	if whether {
		return "yes"
	}
	return "no"
}
