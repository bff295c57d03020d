//! A Unix socket in front of a server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::net::{TcpStream, UnixListener};
use tokio::task::JoinHandle;

/// Whoever connects to the socket is connected to the server.
pub struct UnixFront {
    folder: TempDir,
    task: JoinHandle<()>,
}

impl UnixFront {
    /// Starts to listen.
    pub async fn start(server: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let listener = UnixListener::bind(path_in(folder.path())).expect("the name is free");
        let task = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                // A client that leaves early is the test's own business.
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(server).await?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Self { folder, task }
    }

    /// Where it is. There is a space in it, which URLs encode.
    pub fn path(&self) -> PathBuf {
        path_in(self.folder.path())
    }

    /// The URL of a path and a query of the server.
    pub fn url(&self, resource: &str) -> String {
        let path = self.path().display().to_string().replace(' ', "%20");
        format!("ws+unix://{path}:{resource}")
    }
}

impl Drop for UnixFront {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join("a socket")
}
