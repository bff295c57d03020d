//! Completions, as shells make them.

use std::process::Command;

use crate::common::{Folder, ended, wasock};

/// What bash offers for this command line, at its end.
#[cfg(unix)]
fn offered(line: &str) -> Vec<String> {
    let script = ended(&mut wasock(&["completion", "bash"])).out;
    let folder = Folder::with(&[("completion.bash", &script)]);
    let ask = r#"
        source completion.bash
        read -r -a COMP_WORDS <<< "$1"
        [[ "$1" == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMP_LINE=$1 COMP_POINT=${#1}
        function_name=$(complete -p wasock | sed 's/.*-F \([^ ]*\).*/\1/')
        "$function_name" wasock "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["--norc", "-c", ask, "bash", line])
        .current_dir(folder.path("."))
        .output()
        .expect("bash can be run");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.status.code(), &*err), (Some(0), ""), "{out}");
    out.lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_flags_and_values() {
    assert_eq!(offered("wasock ins"), ["inspect"]);
    assert_eq!(offered("wasock run --summary-m"), ["--summary-mode"]);
    assert_eq!(offered("wasock run --summary-mode "), ["compact", "full", "disabled"]);
    assert_eq!(offered("wasock new --template "), ["minimal", "ws", "websocket", "protocol"]);
    let shells = ["bash", "elvish", "fish", "powershell", "zsh"];
    let completed = offered("wasock completion ");
    assert!(shells.iter().all(|shell| completed.iter().any(|one| one == shell)), "{completed:?}");
    let commands = offered("wasock ");
    for command in ["run", "new", "features", "version", "help"] {
        assert!(commands.iter().any(|one| one == command), "{command}: {commands:?}");
    }
}

#[test]
fn every_shell_gets_a_script_with_all_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completion = ended(&mut wasock(&["completion", shell]));
        assert_eq!((completion.code, completion.err.as_str()), (Some(0), ""), "{shell}");
        for word in ["summary-export", "features", "inspect", "log-format"] {
            assert!(completion.out.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(ended(&mut wasock(&["completion", "tcsh"])).code, Some(104));
}
