// What --help prints.

/** The text. */
export const HELP = `Run a WebSocket client that is a WebAssembly component

It calls the stages of the component as wasock does, as one user without a load: init, setup, the function
once, teardown. Lines of its console are printed; those of errors go to standard error.

Usage: wasock-node [OPTIONS] <COMPONENT>

Arguments:
  <COMPONENT>  A component that is built for wasock's world vu

Options:
      --exec <NAME>              The function to run [default: default]
  -i, --iterations <N>           How often, one after another [default: 1]
  -e, --env <NAME=VALUE>         A variable for the component; can be repeated
      --allow-read <PATH>        A file or folder that it may read; can be repeated
      --block-hostnames <NAMES>  Names that it may not connect to: example.com, *.example.com
      --blacklist-ip <RANGES>    Addresses that it may not connect to: 10.0.0.0/8
      --insecure-skip-tls-verify Do not verify certificates of servers
      --metrics <HOW>            How to tell what was measured at the end: text (on standard error),
                                 json (the last line of standard output) or none [default: text]
      --waiting <HOW>            How the component waits: jspi (Node.js 24) or blocking
                                 [default: jspi where there is one]
      --cache <FOLDER>           Where to keep the JavaScript that is made of components
                                 [default: ~/.cache/wasock/node]
  -v, --verbose                  Print lines of the level debug too
  -h, --help                     Print help
      --version                  Print the version

Examples:
  Run the function default against a server:
    wasock-node -e WSS=ws://127.0.0.1:8765 chat.wasm

  Run another function three times, and read what was measured:
    wasock-node --exec login -i 3 --metrics json chat.wasm | tail -n 1

  Let it read its data, and reach one machine alone:
    wasock-node --allow-read ./data --blacklist-ip 10.0.0.0/8 chat.wasm

Exit codes:
  0 it ran to its end, 104 an option or the component is wrong, 105 it was interrupted by Ctrl-C,
  107 a stage failed, 108 it has ended the run itself, 110 it has marked the run as failed
`;
