//! Guests that mean harm. Each harms itself alone: it gets a text that says so, the program goes on in bounded
//! memory, and users beside it lose nothing. `docs/hostile.md` lists them.

mod guests;
mod harness;

use harness::Guest;

#[test]
#[ignore]
fn probe() {
    let only = std::env::var("ONLY").unwrap_or_default();
    for name in guests::all() {
        if !name.starts_with(&only) { continue; }
        let started = std::time::Instant::now();
        let harm = std::panic::catch_unwind(|| Guest::new(&name).peak(u64::MAX).env("SOCKETS", "500").run());
        match harm {
            Ok(harm) => {
                let good = [harm.of("good", "iterations").len(), harm.of("good", "checks").len(), harm.of("good", "ws_sessions").len()];
                let cut = |lines: Vec<String>| lines.into_iter().take(30).map(|l| if l.len() > 300 { format!("{}…{}", l.chars().take(200).collect::<String>(), l.len()) } else { l }).collect::<Vec<_>>();
                println!("== {name}: code {} good {good:?} bad {} in {:.1}s peak {}", harm.code, harm.finished(), started.elapsed().as_secs_f64(), harm.peak / harness::MIB);
                for line in cut(harm.logged("error")) { println!("   E {line}"); }
                for line in cut(harm.logged("warning")) { println!("   W {line}"); }
                for line in cut(harm.console()) { println!("   C {line}"); }
                if harm.stderr.contains("panicked at") { println!("   PANIC {}", &harm.stderr[..harm.stderr.len().min(2000)]); }
                if harm.code != 0 && harm.logged("error").is_empty() { println!("   X {}", &harm.stderr.chars().take(600).collect::<String>()); }
            }
            Err(_) => println!("== {name}: PROBE FAILED"),
        }
    }
}
