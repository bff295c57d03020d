use std::net::IpAddr;
use std::sync::Arc;

use wasock_script::{
    Entry, LoadOptions, MAX_REMOTE_SIZE, ModuleGraph, ModuleKind, RemoteAccess, ScriptError, load,
};

use crate::{Project, server::Server};

fn options(project: &Project, server: &Server) -> LoadOptions {
    LoadOptions {
        offline: false,
        extra_roots: vec![server.certificate.clone()],
        ..project.options()
    }
}

async fn load_url(
    server: &Server,
    path: &str,
    options: &LoadOptions,
) -> Result<ModuleGraph, ScriptError> {
    load(&Entry::Url(server.url(path)), options).await
}

/// The message of the error that loading a path gives, with `<server>` for the server.
async fn message(server: &Server, path: &str) -> String {
    let project = Project::new(&[]);
    let error = load_url(server, path, &options(&project, server)).await;
    error.expect_err("it cannot be loaded").to_string().replace(&server.url(""), "<server>")
}

#[tokio::test]
async fn remote_modules_and_what_they_import_are_fetched() {
    let server = Server::start().await;
    server.put("/lib/a.js?_k6=1", "export { b } from './b.ts'; export * from '/c.js?v=2';");
    server.put("/lib/b.ts?_k6=1", "export const b: number = 1;");
    server.put("/c.js?v=2&_k6=1", "export const c = 1;");
    let project = Project::new(&[]);
    project.write("main.js", format!("import '{}';", server.url("/lib/a.js")).as_bytes());
    let options = options(&project, &server);
    let graph = load(&Entry::Path("main.js".into()), &options).await.unwrap();
    let names: Vec<&str> = graph.modules[1..].iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["/lib/a.js", "/lib/b.ts", "/c.js?v=2"].map(|path| server.url(path)));
    assert_eq!(graph.modules[2].kind, ModuleKind::TypeScript);
    assert_eq!(server.requests(), ["/lib/a.js?_k6=1", "/lib/b.ts?_k6=1", "/c.js?v=2&_k6=1"]);
}

#[tokio::test]
async fn a_server_that_knows_no_mark_is_asked_without_it() {
    let server = Server::start().await;
    server.put("/a.js", "export const a = 1;");
    let project = Project::new(&[]);
    let graph = load_url(&server, "/a.js", &options(&project, &server)).await.unwrap();
    assert_eq!(graph.modules[0].source, "export const a = 1;");
    assert_eq!(server.requests(), ["/a.js?_k6=1", "/a.js"]);
}

#[tokio::test]
async fn what_was_fetched_is_kept_until_a_refresh() {
    let server = Server::start().await;
    server.put("/a.js?_k6=1", "export const a = 1;");
    let project = Project::new(&[]);
    let options = options(&project, &server);
    let entry = Entry::Url(server.url("/a.js"));
    let inputs = load(&entry, &options).await.unwrap().inputs;
    assert!(inputs.unchanged(&entry, &options));
    server.put("/a.js?_k6=1", "export const a = 2;");
    server.requests();

    let offline = LoadOptions { offline: true, ..options.clone() };
    for options in [&options, &offline] {
        let graph = load(&entry, options).await.unwrap();
        assert_eq!(graph.modules[0].source, "export const a = 1;");
    }
    assert!(server.requests().is_empty());

    let refresh = LoadOptions { refresh: true, ..options.clone() };
    assert!(!inputs.unchanged(&entry, &refresh));
    let graph = load(&entry, &refresh).await.unwrap();
    assert_eq!(graph.modules[0].source, "export const a = 2;");
    assert!(!inputs.unchanged(&entry, &options));
    let graph = load(&entry, &offline).await.unwrap();
    assert_eq!(graph.modules[0].source, "export const a = 2;");
}

#[tokio::test]
async fn redirects_are_followed_and_the_name_stays() {
    let server = Server::start().await;
    server.answer("/a.js?_k6=1", "302 Found\r\nLocation: /b/c.js", b"");
    server.put("/b/c.js", "export { d } from './d.js';");
    server.put("/d.js?_k6=1", "export const d = 1;");
    let project = Project::new(&[]);
    let graph = load_url(&server, "/a.js", &options(&project, &server)).await.unwrap();
    assert_eq!(graph.entry, server.url("/a.js"));
    assert_eq!(graph.modules[1].name, server.url("/d.js"));
}

#[tokio::test]
async fn too_many_redirects_are_an_error() {
    let server = Server::start().await;
    server.answer("/a.js?_k6=1", "302 Found\r\nLocation: /a.js?_k6=1", b"");
    assert_eq!(
        message(&server, "/a.js").await,
        "Cannot fetch \"<server>/a.js\": more than 5 redirects"
    );
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn a_redirect_to_http_is_an_error() {
    let server = Server::start().await;
    server.answer("/a.js?_k6=1", "302 Found\r\nLocation: http://localhost/a.js", b"");
    assert_eq!(
        message(&server, "/a.js").await,
        "Cannot fetch \"<server>/a.js\": it redirects to \"http://localhost/a.js\", and remote modules need https"
    );
}

#[tokio::test]
async fn a_status_that_is_no_success_is_an_error() {
    let server = Server::start().await;
    assert_eq!(
        message(&server, "/a.js").await,
        "Cannot fetch \"<server>/a.js\": the server answered 404 Not Found"
    );
}

#[tokio::test]
async fn a_remote_module_has_a_largest_size() {
    let server = Server::start().await;
    server.answer("/a.js?_k6=1", "200 OK", &vec![b' '; MAX_REMOTE_SIZE]);
    server.answer("/b.js?_k6=1", "200 OK", &vec![b' '; MAX_REMOTE_SIZE + 1]);
    let project = Project::new(&[]);
    assert!(load_url(&server, "/a.js", &options(&project, &server)).await.is_ok());
    assert_eq!(
        message(&server, "/b.js").await,
        "Cannot fetch \"<server>/b.js\": it has more than 8388608 bytes"
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_an_error() {
    let server = Server::start().await;
    let project = Project::new(&[]);
    let options = LoadOptions { extra_roots: Vec::new(), ..options(&project, &server) };
    let error = load_url(&server, "/a.js", &options).await.expect_err("nobody trusts it");
    assert_eq!(
        error.to_string(),
        format!(
            "Cannot fetch \"{}\": invalid peer certificate: UnknownIssuer",
            server.url("/a.js")
        )
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let server = Server::start().await;
    let port = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let project = Project::new(&[]);
    let url = format!("https://127.0.0.1:{port}/a.js");
    let error = load(&Entry::Url(url.clone()), &options(&project, &server)).await;
    assert_eq!(
        error.expect_err("nobody listens").to_string(),
        format!("Cannot fetch \"{url}\": Connection refused (os error 111)")
    );
}

#[tokio::test]
async fn a_remote_module_cannot_import_a_local_file() {
    let server = Server::start().await;
    server.put("/a.js?_k6=1", "import 'file:///etc/passwd';");
    assert_eq!(
        message(&server, "/a.js").await,
        "The remote module \"<server>/a.js\" may not import the local file \"file:///etc/passwd\""
    );
}

#[tokio::test]
async fn a_syntax_error_in_a_remote_module_names_its_url() {
    let server = Server::start().await;
    server.put("/a.js?_k6=1", "<!DOCTYPE html>");
    let project = Project::new(&[]);
    let error = load_url(&server, "/a.js", &options(&project, &server)).await;
    let error = error.expect_err("HTML is no script");
    assert_eq!(error.place().map(|place| place.file().to_owned()), Some(server.url("/a.js")));
}

/// Grants names that do not begin with "no", and no address of this machine for names.
#[derive(Debug)]
struct Granting;

impl RemoteAccess for Granting {
    fn check_host(&self, host: &str, port: u16) -> Result<(), String> {
        if host.starts_with("no") { Err(format!("{host}:{port} is not granted")) } else { Ok(()) }
    }

    fn check_address(&self, host: &str, address: IpAddr) -> Result<(), String> {
        if address.is_loopback() { Err(format!("{host} is denied")) } else { Ok(()) }
    }
}

#[tokio::test]
async fn modules_are_fetched_from_where_that_is_granted() {
    let server = Server::start().await;
    server.put("/a.js?_k6=1", "export const a = 1;");
    let project = Project::new(&[]);
    let options = LoadOptions { access: Some(Arc::new(Granting)), ..options(&project, &server) };
    for (url, expected) in [
        ("https://no.test/a.js", "no.test:443 is not granted"),
        ("https://no.test:81/a.js", "no.test:81 is not granted"),
        ("https://localhost:1/a.js", "localhost is denied"),
    ] {
        let error = load(&Entry::Url(url.to_owned()), &options).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(server.requests().is_empty());
}
