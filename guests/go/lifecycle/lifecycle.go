// Package export_wasock_websocket_lifecycle is what the component exports: the stages of the registered test.
package export_wasock_websocket_lifecycle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/wasock"
	lifecycle "wit_component/wasock_websocket_lifecycle"
)

type result[T any] = witTypes.Result[T, lifecycle.Failure]

func ended[T any](value T, err error) result[T] {
	interrupted := wasock.Interrupted || errors.Is(err, wasock.ErrInterrupted)
	wasock.End()
	switch {
	case interrupted:
		return witTypes.Err[T](lifecycle.MakeFailureInterrupted())
	case err != nil:
		exception := lifecycle.Exception{Message: err.Error()}
		return witTypes.Err[T](lifecycle.MakeFailureException(exception))
	}
	return witTypes.Ok[T, lifecycle.Failure](value)
}

// Init tells what the test is made of.
func Init() result[lifecycle.ScriptInfo] {
	test := wasock.Registered
	functions := slices.Sorted(maps.Keys(test.Functions))
	if test.Setup != nil {
		functions = append(functions, "setup")
	}
	if test.Teardown != nil {
		functions = append(functions, "teardown")
	}
	if test.HandleSummary != nil {
		functions = append(functions, "handleSummary")
	}
	info := lifecycle.ScriptInfo{Functions: functions}
	if test.Options != "" {
		info.Options = witTypes.Some(test.Options)
	}
	return ended(info, nil)
}

// Setup runs once before all.
func Setup() result[witTypes.Option[string]] {
	data, err := wasock.Registered.Setup()
	if data == "" {
		return ended(witTypes.None[string](), err)
	}
	return ended(witTypes.Some(data), err)
}

// Iterate runs a function.
func Iterate(name string, data witTypes.Option[string]) result[witTypes.Unit] {
	function, ok := wasock.Registered.Functions[name]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(wasock.Registered.Functions)), ", ")
		return ended(witTypes.Unit{}, fmt.Errorf("there is no function %q; there are: %s", name, names))
	}
	return ended(witTypes.Unit{}, function(data.SomeOr("")))
}

// Teardown runs once after all.
func Teardown(data witTypes.Option[string]) result[witTypes.Unit] {
	return ended(witTypes.Unit{}, wasock.Registered.Teardown(data.SomeOr("")))
}

// HandleSummary gets the results.
func HandleSummary(data string) result[[]lifecycle.SummaryOutput] {
	files, err := wasock.Registered.HandleSummary(data)
	outputs := []lifecycle.SummaryOutput{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		outputs = append(outputs, lifecycle.SummaryOutput{Destination: path, Content: []byte(files[path])})
	}
	return ended(outputs, err)
}
