package wasock

import (
	"iter"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	events "wit_component/wasock_websocket_events"
	timers "wit_component/wasock_websocket_timers"
)

// batch is how many events are fetched at one time.
const batch = 64

// Event is one of Opened, Failed, Text, Binary, Ping, Pong, Closed, Alarm and Completed.
type Event any

// Opened says that a connection is open.
type Opened = events.Opened

// Failed says that a connection could not be opened.
type Failed = events.Failed

// Text is a text message.
type Text = events.TextMessage

// Binary is a binary message.
type Binary struct{ events.BinaryMessage }

// Ping is a ping, which the host has answered.
type Ping struct{ events.BinaryMessage }

// Pong is a pong.
type Pong struct{ events.BinaryMessage }

// Closed says that a connection has ended.
type Closed = events.Closed

// Alarm says that a timer is due.
type Alarm = events.TimerFired

// Completed says that an operation of the bindings has ended.
type Completed = events.Completed

var (
	queue   *events.EventQueue
	pending []events.Event
	alarms  []*timers.Timer
	// Interrupted says whether the host has asked the stage that runs to finish.
	Interrupted bool
)

// Queue is the queue of the stage that runs, for what is to be bound to it through the bindings: a request, say, whose
// end is a Completed among the Events.
func Queue() *events.EventQueue {
	if queue == nil {
		queue = events.MakeEventQueue()
	}
	return queue
}

// Events are what happens to all sockets and timers, one after the other. They end when the host asks the test to
// finish; else it is for the loop over them to end.
func Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			if len(pending) == 0 {
				collect()
				found := Queue().Wait(batch, witTypes.None[uint64]())
				if found.IsErr() {
					Interrupted = true
					return
				}
				pending = found.Ok()
			}
			event := pending[0]
			pending = pending[1:]
			if !yield(typed(event)) {
				return
			}
		}
	}
}

func typed(event events.Event) Event {
	switch event.Tag() {
	case events.Event_Opened:
		return event.Opened()
	case events.Event_Failed:
		return event.Failed()
	case events.Event_Text:
		return event.Text()
	case events.Event_Binary:
		return Binary{event.Binary()}
	case events.Event_Ping:
		return Ping{event.Ping()}
	case events.Event_Pong:
		return Pong{event.Pong()}
	case events.Event_Closed:
		return event.Closed()
	case events.Event_Timer:
		return event.Timer()
	default:
		return event.Completed()
	}
}

// After makes a timer, and returns the number that its alarm has.
func After(first time.Duration) uint32 { return alarm(first, witTypes.None[uint64]()) }

// Every makes a timer that fires again and again, and returns the number that its alarms have.
func Every(period time.Duration) uint32 { return alarm(period, witTypes.Some(Nanoseconds(period))) }

func alarm(first time.Duration, period witTypes.Option[uint64]) uint32 {
	timer := timers.MakeTimer(Queue(), Nanoseconds(first), period)
	alarms = append(alarms, timer)
	return timer.Id()
}

// StopAlarms stops all timers; the end of a stage does so too.
func StopAlarms() {
	for _, timer := range alarms {
		timer.Drop()
	}
	alarms = nil
}

// End forgets what a stage has left. The export of the stages calls it.
func End() {
	StopAlarms()
	pending = nil
	Interrupted = false
	if queue != nil {
		queue.Drop()
		queue = nil
	}
	collect()
}
