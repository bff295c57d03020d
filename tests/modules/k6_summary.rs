//! `https://jslib.k6.io/k6-summary/…`.

use crate::common::Run;

const SCRIPT: &str = "
    import { check } from 'k6';
    import { Trend } from 'k6/metrics';
    import { humanizeValue, jUnit, textSummary } from 'https://jslib.k6.io/k6-summary/0.0.1/index.js';
    const time = new Trend('own_time', true);
    const kinds = new Trend('own_size');
    export const options = {
        iterations: 2,
        thresholds: { own_time: ['max<5', 'min>0'], 'own_size{kind:a&b}': ['avg<1'], checks: ['rate==1'] },
        summaryTrendStats: ['avg', 'max'],
    };
    export default () => {
        check(1, { one: (n) => n === 1 });
        time.add(3);
        kinds.add(7, { kind: 'a&b' });
    };
    export function handleSummary(data) {
        const { own_time: { values } } = data.metrics;
        const texts = {
            'text': textSummary(data, { indent: ' ', enableColors: false }),
            'colours': textSummary(data, { enableColors: true }),
            'indented': textSummary(data, { indent: '--' }),
            'junit': jUnit(data, { name: 'own <suite>' }),
            'values': [humanizeValue(values.max, data.metrics.own_time), humanizeValue(1234, { contains: 'data' }), humanizeValue(0.5, { type: 'rate' }), humanizeValue(1500, { contains: 'time' }, 'ms')].join(),
        };
        delete data.metrics.own_time;
        delete data.metrics['own_size{kind:a&b}'];
        return { ...texts, less: textSummary(data) };
    }";

#[test]
fn the_text_is_the_one_of_the_run_itself() {
    let outcome = Run::script(SCRIPT).go().exits(99);
    let text = outcome.file("text");
    let start = "\n\n  █ THRESHOLDS \n\n    checks\n    ✓ 'rate==1' rate=100.00%\n";
    assert!(text.starts_with(start) && text.ends_with("\n\n"), "{text}");
    assert!(text.contains("\n    own_time.............: avg=3ms "), "{text}");
    assert!(text.contains("\n      { kind:a&b }.......: avg=7 "), "{text}");
    let colours = outcome.file("colours");
    assert!(colours.contains("\u{1b}[") && colours.contains("own_time"), "{colours}");
    assert_eq!(outcome.file("indented").replace("\n--", "\n"), text);
    let less = outcome.file("less");
    assert!(!less.contains("own_time") && !less.contains("a&b"), "{less}");
    assert!(less.contains("own_size") && less.contains("iterations"), "{less}");
}

#[test]
fn thresholds_become_test_cases_and_values_texts() {
    let outcome = Run::script(SCRIPT).go().exits(99);
    assert_eq!(
        outcome.file("junit"),
        "<?xml version=\"1.0\"?>\n<testsuites tests=\"4\" failures=\"1\">\n\
         <testsuite name=\"own &lt;suite&gt;\" tests=\"4\" failures=\"1\">\n\
         <testcase name=\"checks - rate==1\" />\n\
         <testcase name=\"own_size{kind:a&amp;b} - avg&lt;1\"><failure message=\"failed\" /></testcase>\n\
         <testcase name=\"own_time - max&lt;5\" />\n\
         <testcase name=\"own_time - min&gt;0\" />\n\
         </testsuite>\n</testsuites>"
    );
    assert_eq!(outcome.file("values"), "3ms,1.2 kB,50.00%,1500.00ms");
}

#[test]
fn the_text_is_for_the_summary_alone() {
    let source = "
        import { textSummary } from 'https://jslib.k6.io/k6-summary/0.1.0/index.js';
        export default () => textSummary({ metrics: {} });";
    let errors = Run::script(source).go().exits(0).logged("error");
    assert!(errors[0].starts_with("GoError: textSummary() is for handleSummary()"), "{errors:?}");
}
