package wasock

import (
	"fmt"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	metrics "wit_component/wasock_websocket_metrics"
	sockets "wit_component/wasock_websocket_sockets"
	tags "wit_component/wasock_websocket_tags"
)

// Options say how to connect. All may be left out.
type Options struct {
	// Protocols are subprotocols to offer, the preferred one first.
	Protocols []string
	// Timeout is how long the opening handshake may take.
	Timeout time.Duration
	// Tags are those of the socket's measurements.
	Tags map[string]string
}

// Socket is a connection. It lasts until it is closed and dropped.
type Socket struct {
	// ID is the number that its events have.
	ID     uint32
	socket *sockets.Socket
	meter  *metrics.Meter
}

// Connect begins to connect; Opened or Failed follows as an event.
func Connect(url string, options Options) (*Socket, error) {
	socket := sockets.MakeSocket(theQueue())
	var own []tags.Tag
	for name, value := range options.Tags {
		own = append(own, tags.Tag{Name: name, Value: value})
	}
	meter := metrics.MakeMeter(socket, metrics.SocketApi_Ws, own)
	made := &Socket{ID: socket.Id(), socket: socket, meter: meter}
	how := sockets.ConnectOptions{Protocols: options.Protocols}
	if options.Timeout != 0 {
		how.Timeout = witTypes.Some(Nanoseconds(options.Timeout))
	}
	if result := socket.Connect(url, how); result.IsErr() {
		meter.Refused(url, result.Err())
		made.Drop()
		return nil, fmt.Errorf("cannot connect to %s: %s", url, Describe(result.Err()))
	}
	return made, nil
}

// Send sends a text message.
func (s *Socket) Send(text string) error { return unit(Value(s.socket.SendText(text))) }

// SendBinary sends a binary message.
func (s *Socket) SendBinary(data []byte) error { return unit(Value(s.socket.SendBinary(data))) }

// Ping sends a ping; Pong follows as an event.
func (s *Socket) Ping(payload string) error { return unit(Value(s.socket.Ping([]byte(payload)))) }

// Close starts the closing handshake; Closed follows as an event.
func (s *Socket) Close(code uint16, reason string) error {
	return unit(Value(s.socket.Close(witTypes.Some(code), reason)))
}

// Drop lets go of the connection, and ends it if it still goes on.
func (s *Socket) Drop() {
	s.meter.Drop()
	s.socket.Drop()
}

func unit(_ witTypes.Unit, err error) error { return err }
