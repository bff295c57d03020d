//! Options as an archive records them: what was set, so that a later run can still change parts of it.

use serde_json::{Map, Value, json};

use super::effective::stage;
use super::{ClientCertificate, Options};
use crate::duration::format;

impl Options {
    /// The options that are set, as JSON that [`from_json`](Self::from_json) reads back the same. Keys
    /// and passwords are in it.
    pub fn to_record(&self) -> Value {
        let scenarios = self.scenarios.as_deref().unwrap_or_default();
        let mut record = match self.to_json(scenarios) {
            Value::Object(record) => record,
            _ => Map::new(),
        };
        let defaults = [
            ("scenarios", self.scenarios.is_some()),
            ("initTimeout", self.init_timeout.is_some()),
            ("setupTimeout", self.setup_timeout.is_some()),
            ("teardownTimeout", self.teardown_timeout.is_some()),
            ("handleSummaryTimeout", self.handle_summary_timeout.is_some()),
            ("systemTags", self.system_tags.is_some()),
            ("summaryTrendStats", self.summary_trend_stats.is_some()),
            ("batch", self.http.batch.is_some()),
            ("batchPerHost", self.http.batch_per_host.is_some()),
        ];
        for (name, _) in defaults.into_iter().filter(|(_, is_set)| !is_set) {
            record.shift_remove(name);
        }
        let stages = self.stages.as_ref().map(|stages| stages.iter().map(stage).collect::<Value>());
        let certificates = self.tls_auth.as_ref().map(|certificates| {
            certificates.iter().map(ClientCertificate::to_record).collect::<Value>()
        });
        let features = self
            .features
            .as_deref()
            .map(|features| features.iter().map(|feature| feature.name()).collect::<Value>());
        let load = json!({
            "features": features,
            "vus": self.vus,
            "duration": self.duration.map(format),
            "iterations": self.iterations,
            "stages": stages,
            "tlsAuth": certificates,
        });
        if let Value::Object(load) = load {
            record.extend(load);
        }
        record.retain(|_, value| !value.is_null());
        Value::Object(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(options: Value) -> (Options, Options) {
        let (options, unknown) = Options::from_json(&options).unwrap();
        assert!(unknown.is_empty(), "{unknown:?}");
        let (again, unknown) = Options::from_json(&options.to_record()).unwrap();
        assert!(unknown.is_empty(), "{unknown:?}");
        (options, again)
    }

    #[test]
    fn what_is_recorded_is_read_back_the_same() {
        let (options, again) = again(json!({
            "vus": 3, "stages": [{"duration": "5s", "target": 3}], "paused": true, "noSetup": true,
            "noTeardown": false, "initTimeout": "7s", "setupTimeout": "5s", "teardownTimeout": 1500, "throw": true,
            "handleSummaryTimeout": "1m", "thresholds": {"checks": ["rate>0.9", {
                "threshold": "rate>0.5", "abortOnFail": true, "delayAbortEval": "10s"
            }]},
            "userAgent": "me", "insecureSkipTLSVerify": true, "hosts": {"a.test": "10.0.0.1:80"},
            "dns": {"ttl": "5m", "select": "first", "policy": "onlyIPv4"},
            "blockHostnames": ["*.b.test"], "blacklistIPs": ["10.0.0.0/8"],
            "localIPs": "10.0.0.1,10.0.1.1-10.0.1.9", "tlsVersion": {"min": "tls1.2", "max": "tls1.3"},
            "tlsCipherSuites": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"], "tags": {"a": "b"},
            "systemTags": ["url", "vu"], "summaryTrendStats": ["avg", "p(99)"],
            "summaryTimeUnit": "ms", "minIterationDuration": "2s", "noCookiesReset": true,
            "wsMessageSizes": true, "linger": true, "rps": 5, "features": ["merge-run-tags"]
        }));
        assert_eq!(again, options);
    }

    #[test]
    fn scenarios_are_recorded_with_all_they_have() {
        let (options, again) = again(json!({ "scenarios": {
            "a": {"executor": "ramping-vus", "startVUs": 2, "stages": [{"duration": "1s", "target": 4}],
                  "gracefulRampDown": "3s", "startTime": "5s", "exec": "chat", "env": {"ROOM": "1"},
                  "tags": {"x": "y"}, "gracefulStop": "0s"},
            "b": {"executor": "per-vu-iterations", "vus": 2, "iterations": 5, "maxDuration": "1m"}
        }}));
        assert_eq!(again, options);
    }

    #[test]
    fn what_is_not_set_is_not_recorded() {
        assert_eq!(Options::default().to_record(), json!({}));
    }
}
