//! Requests for one site that the user waits for: listing, creating directories, renaming.

use std::sync::Arc;

use crate::base::text;
use crate::base::{RemotePath, Secret};
use crate::engine::api::Answer;
use crate::engine::api::{Directory, Failure};
use crate::engine::context::EngineContext;
use crate::engine::endpoint::{self, Endpoint};
use crate::engine::failure;
use crate::engine::message::{EngineMsg, Purpose};
use crate::ftp::{Command, Entry};
use crate::site::{Location, Site, VaultError};

/// Sends an answer; the receiver may be gone.
fn send<T>(answer: Answer<T>, result: Result<T, Failure>) {
    let _ = answer.send(result);
}

pub(in crate::engine) async fn list(
    context: Arc<EngineContext>,
    at: Location,
    mut answer: Answer<Arc<Directory>>,
) {
    let work = async {
        let mut end = Endpoint::borrow(&context, at.site(), Purpose::Browse).await?;
        let listed = end.list(&context, &at).await?;
        let free = end.free_space(&context, &listed.at).await;
        Ok(Arc::new(Directory {
            at: listed.at,
            entries: listed.entries,
            unreadable: listed.unreadable,
            free,
        }))
    };
    // if the request is cancelled, do not wait for the connection either
    let result = tokio::select! {
        result = work => result,
        () = answer.closed() => return,
    };
    send(answer, result);
}

pub(in crate::engine) async fn stat(
    context: Arc<EngineContext>,
    at: Location,
    mut answer: Answer<Option<Entry>>,
) {
    let work = async {
        let mut end = Endpoint::borrow(&context, at.site(), Purpose::Browse).await?;
        end.stat(&context, &at).await
    };
    // as with a listing
    let result = tokio::select! {
        result = work => result,
        () = answer.closed() => return,
    };
    send(answer, result);
}

pub(in crate::engine) async fn is_dir(
    context: Arc<EngineContext>,
    at: Location,
    mut answer: Answer<bool>,
) {
    let work = async {
        let mut end = Endpoint::borrow(&context, at.site(), Purpose::Browse).await?;
        end.is_dir(&context, &at).await
    };
    // as with a listing
    let result = tokio::select! {
        result = work => result,
        () = answer.closed() => return,
    };
    send(answer, result);
}

/// Unlocks the vault. Deriving its key takes about a second, so it runs on a blocking thread.
pub(in crate::engine) async fn unlock(
    context: Arc<EngineContext>,
    passphrase: Secret,
    answer: Answer<()>,
) {
    let vault = context.options.vault.clone();
    let opened =
        tokio::task::spawn_blocking(move || vault.ok_or(VaultError::Missing)?.unlock(&passphrase));
    let opened = opened.await.unwrap_or(Err(VaultError::System("the key cannot be derived")));
    send(answer, opened.map_err(|error| failure::of_vault(&error)));
}

pub(in crate::engine) async fn make_dir(
    context: Arc<EngineContext>,
    at: Location,
    answer: Answer<()>,
) {
    let work = async {
        endpoint::check_writable(&at, "create a directory")?;
        let mut end = Endpoint::borrow(&context, at.site(), Purpose::Browse).await?;
        let at = end.absolute(&context, &at).await?;
        end.make_dir(&context, &at).await?;
        changed(&context, &at);
        Ok(())
    };
    send(answer, work.await);
}

pub(in crate::engine) async fn rename(
    context: Arc<EngineContext>,
    from: Location,
    to: RemotePath,
    answer: Answer<()>,
) {
    let work = async {
        endpoint::check_writable(&from, "rename")?;
        let mut end = Endpoint::borrow(&context, from.site(), Purpose::Browse).await?;
        let from = end.absolute(&context, &from).await?;
        let parent = from.parent().unwrap_or_else(|| from.root());
        let to = parent
            .join(to.as_bytes())
            .ok_or_else(|| failure::usage("rename", "the name is not valid on this machine"))?;
        if end.stat(&context, &to).await?.is_some() {
            return Err(failure::usage("rename", format!("{to} already exists")));
        }
        end.rename(&context, &from, &to).await?;
        changed(&context, &from);
        changed(&context, &to);
        Ok(())
    };
    send(answer, work.await);
}

pub(in crate::engine) async fn chmod(
    context: Arc<EngineContext>,
    at: Location,
    mode: u32,
    answer: Answer<()>,
) {
    let work = async {
        endpoint::check_writable(&at, "change permissions")?;
        let mut end = Endpoint::borrow(&context, at.site(), Purpose::Browse).await?;
        let at = end.absolute(&context, &at).await?;
        let Endpoint::Remote(lease) = &mut end else {
            return Err(failure::usage("change permissions", "the file is local; use chmod(1)"));
        };
        let path = at.to_remote_path();
        lease
            .with_session(&*context, ("change the permissions of", &path), |session, path| {
                Box::pin(session.chmod(path, mode))
            })
            .await?;
        changed(&context, &at);
        Ok(())
    };
    send(answer, work.await);
}

pub(in crate::engine) async fn raw(
    context: Arc<EngineContext>,
    site: Arc<Site>,
    cwd: Option<RemotePath>,
    line: Vec<u8>,
    answer: Answer<Vec<String>>,
) {
    let work = async {
        let step = "send a command";
        let command =
            Command::raw(&line).map_err(|error| failure::usage(step, error.to_string()))?;
        let failed = |error| failure::of_session(&site, step, &error);
        let mut leases = context.borrow(vec![site.clone()], Purpose::Browse).await?;
        let Some(lease) = leases.first_mut() else { return Ok(Vec::new()) };
        // the command may have changed the state of the session, so it is not used again
        let mut session = lease.take(&*context).await?;
        if let Some(cwd) = cwd {
            session.change_dir(&cwd).await.map_err(failed)?;
        }
        let reply = session.ask(command).await.map_err(failed)?;
        tokio::spawn(session.quit());
        let last = reply.lines.len().saturating_sub(1);
        let lines = reply.lines.iter().enumerate().map(|(at, line)| {
            let mark = if at == last { ' ' } else { '-' };
            format!("{}{mark}{}", reply.code, text::visible(line))
        });
        Ok(lines.collect())
    };
    send(answer, work.await);
}

fn changed(context: &EngineContext, at: &Location) {
    if let Some(parent) = at.parent() {
        context.send(EngineMsg::DirectoryChanged(parent));
    }
}
