package main

import (
	"fmt"
	"slices"
	"time"

	"wit_component/wasock"
)

// echo sends one binary message there and back, with a subprotocol.
func echo() error {
	sent := []byte{0, 1, 2, 255}
	url := server() + "/protocol"
	socket, err := wasock.Connect(url, wasock.Options{Protocols: []string{"chat.v1"}, Timeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer socket.Drop()
	for event := range wasock.Events() {
		switch event := event.(type) {
		case wasock.Opened:
			wasock.Check("speaks chat.v1", event.Handshake.Protocol == "chat.v1")
			err = socket.SendBinary(sent)
		case wasock.Failed:
			return fmt.Errorf("cannot connect to %s: %s", url, wasock.Describe(event.Failure.Code))
		case wasock.Binary:
			wasock.Check("is what was sent", slices.Equal(event.Data, sent))
			err = socket.Close(1000, "done")
		case wasock.Closed:
			return nil
		}
		if err != nil {
			return err
		}
	}
	return wasock.ErrInterrupted
}
