package main

import (
	"strings"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/wasock"
	cookies "wit_component/wasock_websocket_cookies"
	environment "wit_component/wasock_websocket_environment"
	execution "wit_component/wasock_websocket_execution"
	files "wit_component/wasock_websocket_files"
	http "wit_component/wasock_websocket_http"
	metrics "wit_component/wasock_websocket_metrics"
	roundTrips "wit_component/wasock_websocket_round_trips"
	secrets "wit_component/wasock_websocket_secrets"
	sharedData "wit_component/wasock_websocket_shared_data"
	sockets "wit_component/wasock_websocket_sockets"
	summary "wit_component/wasock_websocket_summary"
	tags "wit_component/wasock_websocket_tags"
	timers "wit_component/wasock_websocket_timers"
	types "wit_component/wasock_websocket_types"
)

var noText = witTypes.None[string]()

// vuTranscript makes calls of every kind that the world vu has besides, with a line for each fact:
// guests/transcripts/ has the lines.
func vuTranscript(string) error {
	begin()
	defer queue.Drop()
	request()
	exchanges()
	cookieJar()
	measuring()
	tagging()
	trips()
	sharing()
	values()
	surroundings()
	return nil
}

func request() {
	request := http.MakeRequest(witTypes.Some(queue))
	defer request.Drop()
	start := func(what, method, url string, options http.RequestOptions) {
		result(what, request.Start(method, url, options, witTypes.None[*cookies.Jar]()))
	}
	plain, url := http.RequestOptions{}, httpURL("/http/status/418", "")
	start("request of a wrong method", "a b", url, plain)
	start("request of nonsense", "GET", "nonsense", plain)
	start("request by ws", "GET", "ws://a.test/", plain)
	headers := http.RequestOptions{Headers: []types.Header{{Name: "a b", Value: "a b"}}}
	start("request with a wrong header", "GET", url, headers)
	metrics.MeasureRequest(request, nil, witTypes.None[[]metrics.StatusRange]())
	start("request", "GET", url, plain)
	start("request again", "GET", url, plain)
	event()
	wasock.Log("status %d", request.Take().Some().Answer.Ok().Status)
	wasock.Log("taken again: %s", yes(request.Take().IsSome()))
}

func exchanges() {
	plain := http.RequestOptions{}
	exchange("/http/redirect?to=/http/status/418", "", plain)
	redirects := http.RequestOptions{Redirects: witTypes.Some[uint32](1)}
	exchange("/http/redirect?to=/http/status/418&n=2", "", redirects)
	exchange("/http/bytes?size=5", "", plain)
	exchange("/http/bytes?size=5", "", http.RequestOptions{DiscardBody: true})
	exchange("/http/status/200?set=a%3D1", "", plain)
	exchange("/http/basic-auth?user=a&password=b", "", plain)
	exchange("/http/basic-auth?user=a&password=b", "a:b@", plain)
	exchange("/http/drop", "", plain)
	timeout := witTypes.Some(wasock.Nanoseconds(50 * time.Millisecond))
	exchange("/http/echo?delay=60000", "", http.RequestOptions{Timeout: timeout})
	exchange("http://blocked.test/", "", plain)
	exchange("http://nobody.invalid/", "", plain)
	exchange("http://127.0.0.1:1/", "", plain)
}

// exchange makes a request that no queue tells of, and writes what came of it.
func exchange(path, user string, options http.RequestOptions) {
	request := http.MakeRequest(witTypes.None[*http.EventQueue]())
	defer request.Drop()
	result(path, request.Start("GET", httpURL(path, user), options, witTypes.None[*cookies.Jar]()))
	http.Wait([]*http.Request{request})
	answer := request.Take().Some().Answer
	if answer.IsErr() {
		failure := answer.Err()
		wasock.Log("failed %d %q %s", failure.Number, failure.Kind, reason(failure.Code))
		return
	}
	versions, tooMany, it := []string{"http10", "http11", "http2"}, "", answer.Ok()
	if it.TooManyRedirects {
		tooMany = " too many redirects"
	}
	wasock.Log("answered %q %s body %d cookies %d%s", it.StatusText, versions[it.Version], len(it.Body),
		len(it.Cookies), tooMany)
}

func httpURL(path, user string) string {
	if strings.Contains(path, "://") {
		return path
	}
	return strings.Replace("http"+strings.TrimPrefix(base, "ws")+path, "://", "://"+user, 1)
}

func cookieJar() {
	jar := cookies.MakeJar()
	defer jar.Drop()
	result("set", jar.Set("ws://a.test/", "a", "b", cookies.Attributes{}))
	result("set for nonsense", jar.Set("nonsense", "a", "b", cookies.Attributes{}))
	jarLines("cookies", jar, "ws://a.test/")
	fields := []string{"c=d; Secure", "e=f; Path=/deep", "g=h; Domain=b.test"}
	result("store", jar.Store("wss://a.test/", fields))
	result("store for nonsense", jar.Store("nonsense", fields))
	jarLines("cookies below a path", jar, "ws://a.test/deep/")
	jarLines("cookies by TLS", jar, "wss://a.test/")
	jarLines("cookies for nonsense", jar, "nonsense")
	result("remove", jar.Remove("ws://a.test/", witTypes.Some("a")))
	result("remove for nonsense", jar.Remove("nonsense", noText))
	jarLines("cookies after that", jar, "ws://a.test/")
	current := cookies.Current()
	defer current.Drop()
	jarLines("cookies of the user", current, "ws://a.test/")
}

func jarLines(what string, jar *cookies.Jar, url string) {
	found := jar.Cookies(url)
	if found.IsErr() {
		wasock.Log("%s: %s", what, found.Err())
		return
	}
	wasock.Log("%s: %d", what, len(found.Ok()))
	for _, cookie := range found.Ok() {
		wasock.Log("cookie %s=%s", cookie.F0, cookie.F1)
	}
}

func measuring() {
	declare := func(what, name string, kind metrics.Kind, contents metrics.Contents) uint32 {
		return result(what, metrics.Declare(name, kind, contents))
	}
	first := declare("declare", "transcript", metrics.Kind_Counter, metrics.Contents_Default)
	second := declare("declare again", "transcript", metrics.Kind_Counter, metrics.Contents_Default)
	wasock.Log("the same: %s", yes(first == second))
	declare("declare as another", "transcript", metrics.Kind_Trend, metrics.Contents_Default)
	declare("declare with other contents", "transcript", metrics.Kind_Counter, metrics.Contents_Data)
	declare("declare a wrong name", "a b", metrics.Kind_Trend, metrics.Contents_Default)
	declare("declare a gauge", "transcript_gauge", metrics.Kind_Gauge, metrics.Contents_Data)
	declare("declare a rate", "transcript_rate", metrics.Kind_Rate, metrics.Contents_Default)
	declare("declare a trend", "transcript_trend", metrics.Kind_Trend, metrics.Contents_Time)
	metrics.Add(first, 3, nil)
	wasock.Check("transcript", true)
}

func tagging() {
	tags.Set("language", "any")
	tagLine("tag", tags.All(), "language")
	tags.Remove("language")
	tagLine("tag", tags.All(), "language")
	tags.SetMetadata("trace", "any")
	tagLine("metadata", tags.AllMetadata(), "trace")
	tags.RemoveMetadata("trace")
	tagLine("metadata", tags.AllMetadata(), "trace")
}

func tagLine(what string, all []tags.Tag, name string) {
	for _, tag := range all {
		if tag.Name == name {
			wasock.Log("%s %s=%s", what, name, tag.Value)
			return
		}
	}
	wasock.Log("no %s %s", what, name)
}

func trips() {
	kind := result("round trips", roundTrips.Declare(noText, nil, witTypes.None[uint64]()))
	result("round trips of a wrong name", roundTrips.Declare(witTypes.Some("a b"), nil, witTypes.None[uint64]()))
	socket := sockets.MakeSocket(queue)
	defer socket.Drop()
	meter := metrics.MakeMeter(socket, metrics.SocketApi_Websockets, nil)
	defer meter.Drop()
	waits := func() {
		is := roundTrips.Sent(meter, kind, witTypes.Some("a")).Ok()
		wasock.Log("sent, and waits for a reply: %s", yes(is))
	}
	reply := func(what, key string) {
		took := roundTrips.Received(meter, kind, witTypes.Some(key), timers.Now())
		wasock.Log("%s: %s", what, yes(took.IsSome()))
	}
	result("connect", socket.Connect(base+"/echo", how))
	event()
	result("send-text", socket.SendText("a"))
	result("sent with a long key", roundTrips.Sent(meter, kind, witTypes.Some(strings.Repeat("k", 1025))))
	waits()
	event()
	reply("replied to another", "b")
	reply("replied", "a")
	reply("replied again", "a")
	socket.Abort()
	event()
	result("send-text", socket.SendText("a"))
	meter.SentLate()
	waits()
	meter.Refused("nonsense", types.MakeErrorCodeInvalidState())
}

func sharing() {
	found := find("find")
	draft := found.Missing()
	result("find while it is made", sharedData.Find("transcript"))
	result("append", draft.Append([]string{"a", "b"}))
	defer sharedData.DraftFinish(draft).Drop()
	again := find("find again")
	array := again.Complete()
	defer array.Drop()
	wasock.Log("length %d", array.Length())
	for index := range uint32(2) {
		wasock.Log("element %d: %s", index+1, array.Element(index+1).SomeOr("none"))
	}
}

func find(what string) sharedData.Found {
	found := sharedData.Find("transcript").Ok()
	wasock.Log("%s: %s", what, []string{"complete", "missing"}[found.Tag()])
	return found
}

func values() {
	some := "none"
	if summary.Text(false, nil).IsSome() {
		some = "some"
	}
	wasock.Log("summary: %s", some)
	for _, contents := range []metrics.Contents{metrics.Contents_Default, metrics.Contents_Time, metrics.Contents_Data} {
		wasock.Log("value %s", summary.Value(1234.5, contents, noText))
	}
	for _, unit := range []string{"s", "ms", "us"} {
		wasock.Log("value in %s %s", unit, summary.Value(1234.5, metrics.Contents_Time, witTypes.Some(unit)))
	}
	wasock.Log("share %s", summary.Share(0.5))
}

func surroundings() {
	wasock.Log("variable %s", wasock.Env("NAME", "missing"))
	wasock.Log("random-bytes %d", len(environment.RandomBytes(16)))
	wasock.Log("unix-time is of this century: %s", yes(environment.UnixTime()/1_000_000_000 > 1_600_000_000))
	vu, scenario, instance := execution.Vu(), execution.Scenario().Some(), execution.Instance()
	wasock.Log("vu %d iteration %d", vu.IdInTest, vu.IterationInInstance)
	wasock.Log("scenario %s %s", scenario.Name, scenario.Executor)
	wasock.Log("instance: %d of %d at work, %d iterations", instance.VusActive, instance.VusInitialized,
		instance.IterationsCompleted)
	wasock.Log("options are an object: %s", yes(strings.HasPrefix(execution.Options(), "{")))
	result("secret", secrets.Get(noText, "key"))
	result("secret of a source", secrets.Get(witTypes.Some("vault"), "key"))
	result("read", files.Read("http://a.test/", "file:///test.js"))
	wasock.Log("interrupted: %s", yes(execution.Interrupted()))
}
