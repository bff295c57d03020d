package wasock

import (
	"fmt"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	metrics "wit_component/wasock_websocket_metrics"
	sockets "wit_component/wasock_websocket_sockets"
	tags "wit_component/wasock_websocket_tags"
	types "wit_component/wasock_websocket_types"
)

// Tags are names and values to tell measurements apart by.
type Tags map[string]string

// Header is a header field.
type Header = types.Header

// Deflate is what to offer of permessage-deflate (RFC 7692, section 7.1). Of each field nothing may be asked for.
type Deflate struct {
	// ServerNoContextTakeover asks the server to forget its window after each message.
	ServerNoContextTakeover bool
	// ClientNoContextTakeover promises to forget the own window after each message.
	ClientNoContextTakeover bool
	// ServerMaxWindowBits asks for a window of 2 to the power of this many bytes, 8 to 15.
	ServerMaxWindowBits uint8
	// ClientMaxWindowBits offers such a window.
	ClientMaxWindowBits uint8
}

// Options say how to connect. All may be left out; connect-options in wit/sockets.wit says what the host does then.
type Options struct {
	// Headers are header fields to send with the opening handshake.
	Headers []Header
	// Protocols are subprotocols to offer, the preferred one first.
	Protocols []string
	// Deflate offers compression.
	Deflate *Deflate
	// Timeout is how long the opening handshake may take, from the name on.
	Timeout time.Duration
	// CloseTimeout is how long the peer may take to answer a close frame.
	CloseTimeout time.Duration
	// MaxMessageSize is the longest message to accept, in bytes.
	MaxMessageSize uint64
	// PingInterval is how much time is between pings that the host sends by itself.
	PingInterval time.Duration
	// PongTimeout is how long these pings may be without an answer.
	PongTimeout time.Duration
	// HoldCloseAnswer lets a close frame of the peer be answered by the next turn of Events.
	HoldCloseAnswer bool
	// Tags are those of the socket's measurements.
	Tags Tags
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
	socket := sockets.MakeSocket(Queue())
	meter := metrics.MakeMeter(socket, metrics.SocketApi_Ws, tagList(options.Tags))
	made := &Socket{ID: socket.Id(), socket: socket, meter: meter}
	if result := socket.Connect(url, options.asBindings()); result.IsErr() {
		meter.Refused(url, result.Err())
		made.Drop()
		return nil, fmt.Errorf("cannot connect to %s: %s", url, Describe(result.Err()))
	}
	return made, nil
}

func (o Options) asBindings() sockets.ConnectOptions {
	how := sockets.ConnectOptions{
		Headers:         o.Headers,
		Protocols:       o.Protocols,
		Timeout:         duration(o.Timeout),
		CloseTimeout:    duration(o.CloseTimeout),
		MaxMessageSize:  optional(o.MaxMessageSize),
		PingInterval:    duration(o.PingInterval),
		PongTimeout:     duration(o.PongTimeout),
		HoldCloseAnswer: o.HoldCloseAnswer,
	}
	if deflate := o.Deflate; deflate != nil {
		how.Deflate = witTypes.Some(sockets.DeflateOptions{
			ServerNoContextTakeover: deflate.ServerNoContextTakeover,
			ClientNoContextTakeover: deflate.ClientNoContextTakeover,
			ServerMaxWindowBits:     optional(deflate.ServerMaxWindowBits),
			ClientMaxWindowBits:     optional(deflate.ClientMaxWindowBits),
		})
	}
	return how
}

func duration(duration time.Duration) witTypes.Option[uint64] { return optional(Nanoseconds(duration)) }

func optional[T comparable](value T) witTypes.Option[T] {
	var none T
	if value == none {
		return witTypes.None[T]()
	}
	return witTypes.Some(value)
}

func tagList(all ...Tags) []tags.Tag {
	var list []tags.Tag
	for _, some := range all {
		for name, value := range some {
			list = append(list, tags.Tag{Name: name, Value: value})
		}
	}
	return list
}

// Bindings are the socket and its meter as the bindings have them.
func (s *Socket) Bindings() (*sockets.Socket, *metrics.Meter) { return s.socket, s.meter }

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
