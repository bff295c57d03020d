// Ten users meet in a chat room, say something every second or two, and leave: examples/crocochat.js in Go.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strconv"
	"time"

	"wit_component/wasock"
	execution "wit_component/wasock_websocket_execution"
	metrics "wit_component/wasock_websocket_metrics"
)

const options = `{
  "vus": 10,
  "iterations": 10,
  "thresholds": { "checks": ["rate==1"], "ws_connecting": ["p(95)<1000"] }
}`

type visit struct {
	Room string `json:"room"`
}

type say struct {
	Event   string `json:"event"`
	NewName string `json:"new_name,omitempty"`
	Message string `json:"message,omitempty"`
}

func init() {
	wasock.Register(wasock.Test{
		Options:       options,
		Setup:         func() (string, error) { return text(visit{"swamp"}), nil },
		Teardown:      teardown,
		HandleSummary: handleSummary,
		Functions: map[string]func(string) error{
			"default": chat, "clientTranscript": clientTranscript, "vuTranscript": vuTranscript,
			"pingPong": pingPong, "flood": flood,
		},
	})
}

func chat(data string) error {
	if err := echo(); err != nil {
		return err
	}
	room := room(data)
	pause, stay := millis("PAUSE", 1000), millis("STAY", 8000)
	pongs, err := wasock.NewMetric("chat_pongs", metrics.Kind_Counter, metrics.Contents_Default)
	if err != nil {
		return err
	}
	url := fmt.Sprintf("%s/ws/crocochat/%s/", server(), room)
	socket, err := wasock.Connect(url, wasock.Options{Tags: map[string]string{"room": room}})
	if err != nil {
		return err
	}
	defer socket.Drop()

	var talk, ping, leave uint32
	for event := range wasock.Events() {
		switch event := event.(type) {
		case wasock.Opened:
			wasock.Check("connected", event.Handshake.Status == 101)
			name := fmt.Sprintf("Croc %d", execution.Vu().IdInTest)
			err = socket.Send(text(say{Event: "SET_NAME", NewName: name}))
			talk, ping = wasock.Every(pause+time.Duration(rand.Int63n(int64(pause)))), wasock.Every(pause)
			leave = wasock.After(stay)
		case wasock.Failed:
			return fmt.Errorf("cannot connect to %s: %s", url, wasock.Describe(event.Failure.Code))
		case wasock.Text:
			var line say
			err = json.Unmarshal([]byte(event.Data), &line)
			wasock.Check("is a chat message", line.Event == "CHAT_MSG")
		case wasock.Pong:
			pongs.Add(1)
		case wasock.Alarm:
			switch event.Timer {
			case talk:
				err = socket.Send(text(say{Event: "SAY", Message: fmt.Sprintf("snap %05d", rand.Intn(100_000))}))
			case ping:
				err = socket.Ping("are you there?")
			case leave:
				wasock.StopAlarms()
				err = socket.Send(text(say{Event: "LEAVE"}))
			}
		case wasock.Closed:
			wasock.Check("left the room", event.Code == 1000 && event.WasClean)
			return nil
		}
		if err != nil {
			return err
		}
	}
	return wasock.ErrInterrupted
}

func teardown(data string) error {
	fmt.Printf("the %s is empty\n", room(data))
	return nil
}

func handleSummary(data string) (map[string]string, error) {
	if file := wasock.Env("SUMMARY", ""); file != "" {
		return map[string]string{file: data}, nil
	}
	return nil, nil
}

func room(data string) string {
	var visit visit
	_ = json.Unmarshal([]byte(data), &visit) // setup made it
	return visit.Room
}

func server() string { return wasock.Env("WSS", "wss://chat.example") }

func text(value any) string {
	text, _ := json.Marshal(value) // of strings alone, it cannot fail
	return string(text)
}

func millis(name string, otherwise int) time.Duration {
	if number, err := strconv.Atoi(wasock.Env(name, "")); err == nil {
		otherwise = number
	}
	return time.Duration(otherwise) * time.Millisecond
}
