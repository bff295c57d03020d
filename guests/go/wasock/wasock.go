// Package wasock is what tests for wasock in Go are written with: a thin layer over the bindings that
// wit-bindgen makes of wit/.
package wasock

import (
	"errors"
	"fmt"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	console "wit_component/wasock_websocket_console"
	environment "wit_component/wasock_websocket_environment"
	metrics "wit_component/wasock_websocket_metrics"
	types "wit_component/wasock_websocket_types"
)

// Test is what a test consists of. All but Functions may be left out.
type Test struct {
	// Options is JSON.
	Options string
	// Setup runs once before all, and returns the data of the others, JSON.
	Setup func() (string, error)
	// Teardown runs once after all.
	Teardown func(data string) error
	// HandleSummary gets the results as JSON, and returns what to write, by path, or stdout or stderr.
	HandleSummary func(data string) (map[string]string, error)
	// Functions are what iterations run, by the names that scenarios know them by.
	Functions map[string]func(data string) error
}

// Registered is the test of this program.
var Registered Test

// Register sets the test of this program. It is to be called by an init function.
func Register(test Test) { Registered = test }

// ErrInterrupted says that the host asks the test to finish.
var ErrInterrupted = errors.New("the host asks the test to finish")

// Check records a check, with tags of its own if there are any, and returns whether it passed.
func Check(name string, passed bool, tags ...Tags) bool {
	metrics.Check(name, passed, tagList(tags...))
	return passed
}

// Metric is a metric of the test.
type Metric uint32

// NewMetric declares a metric; declared again, it is the same.
func NewMetric(name string, kind metrics.Kind, contents metrics.Contents) (Metric, error) {
	number, err := Value(metrics.Declare(name, kind, contents))
	return Metric(number), err
}

// Add adds a value, with tags of its own if there are any.
func (m Metric) Add(value float64, tags ...Tags) { metrics.Add(uint32(m), value, tagList(tags...)) }

// Level is how much a line of the log matters.
type Level = console.Level

// The levels there are. Lines of Debug are hidden unless asked for.
const (
	Debug = console.Level_Debug
	Info  = console.Level_Info
	Warn  = console.Level_Warn
	Error = console.Level_Error
)

// Log writes a line of the level Info to the log.
func Log(format string, arguments ...any) { LogAt(Info, format, arguments...) }

// LogAt writes a line to the log.
func LogAt(level Level, format string, arguments ...any) {
	console.Log(level, console.Source_Console, fmt.Sprintf(format, arguments...))
}

// Env is a variable of the run (-e NAME=VALUE), or what is to be taken in its place.
func Env(name, otherwise string) string {
	for _, variable := range environment.Variables() {
		if variable.F0 == name {
			return variable.F1
		}
	}
	return otherwise
}

// Nanoseconds is a duration as the bindings have it.
func Nanoseconds(duration time.Duration) uint64 { return uint64(duration.Nanoseconds()) }

// Value makes of a result of the bindings what Go has for it.
func Value[T, E any](result witTypes.Result[T, E]) (value T, err error) {
	if result.IsOk() {
		return result.Ok(), nil
	}
	switch failure := any(result.Err()).(type) {
	case types.ErrorCode:
		return value, errors.New(Describe(failure))
	default:
		return value, fmt.Errorf("%v", failure)
	}
}

var errorNames = [...]string{
	"invalid-state", "invalid-argument", "access-denied", "limit-reached", "name-unresolvable",
	"connection-refused", "connection-reset", "unreachable", "timeout", "tls", "bad-handshake",
	"protocol-violation", "invalid-utf8", "message-too-big", "unexpected-end", "other",
}

// Describe is the name of an error as wit/types.wit has it, and its text if it has one.
func Describe(code types.ErrorCode) string {
	name, text := errorNames[code.Tag()], ""
	switch code.Tag() {
	case types.ErrorCode_InvalidArgument:
		text = code.InvalidArgument()
	case types.ErrorCode_AccessDenied:
		text = code.AccessDenied()
	case types.ErrorCode_LimitReached:
		text = code.LimitReached()
	case types.ErrorCode_Tls:
		text = code.Tls()
	case types.ErrorCode_BadHandshake:
		text = code.BadHandshake()
	case types.ErrorCode_ProtocolViolation:
		text = code.ProtocolViolation()
	case types.ErrorCode_Other:
		text = code.Other().SomeOr("")
	}
	if text == "" {
		return name
	}
	return name + ": " + text
}
