package main

import (
	"fmt"
	"strings"

	"wit_component/wasock"
)

var message = strings.Repeat("x", 64)

// pingPong sends a message, and sends it again each time it has come back. `make bench-guests` counts them.
func pingPong(string) error {
	return talk(func(socket *wasock.Socket, event wasock.Event) error {
		switch event.(type) {
		case wasock.Opened, wasock.Text:
			return socket.Send(message)
		}
		return nil
	})
}

// flood takes what the server sends.
func flood(string) error {
	messages := 0
	err := talk(func(_ *wasock.Socket, event wasock.Event) error {
		if _, ok := event.(wasock.Text); ok {
			messages++
		}
		return nil
	})
	if err == nil {
		wasock.Log("%d messages", messages)
	}
	return err
}

// talk opens a connection, and hands out what happens to it until it ends.
func talk(hear func(*wasock.Socket, wasock.Event) error) error {
	url := wasock.Env("URL", "ws://echo.example/echo")
	socket, err := wasock.Connect(url, wasock.Options{})
	if err != nil {
		return err
	}
	defer socket.Drop()
	for event := range wasock.Events() {
		switch event := event.(type) {
		case wasock.Failed:
			return fmt.Errorf("cannot connect to %s: %s", url, wasock.Describe(event.Failure.Code))
		case wasock.Closed:
			return nil
		}
		if err := hear(socket, event); err != nil {
			return err
		}
	}
	return wasock.ErrInterrupted
}
