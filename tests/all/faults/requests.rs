//! Single requests of a front end to the engine: metadata of one entry, and a password in a locked
//! vault.

use std::sync::Arc;

use fxpane::base::Secret;
use fxpane::demo::Setup;
use fxpane::engine::FailureKind;
use fxpane::ftp::Kind;
use fxpane::site::{PasswordRef, Vault};

use super::pair::Pair;

#[tokio::test]
async fn stat_works_with_and_without_mlst() {
    let setup = || Setup::new().file("/pub/f", "12345").dir("/pub/d");
    let pair = Pair::start(setup(), setup()).await;
    let mut without = pair.target.clone();
    without.ignore_features = vec!["MLST".to_owned()];
    let pair = Pair { target: without, ..pair };
    for at in [Pair::at_source, Pair::at_target] {
        let file = pair.engine.stat(at(&pair, "/pub/f")).await.unwrap().unwrap();
        assert_eq!((file.kind, file.size), (Kind::File, Some(5)));
        let dir = pair.engine.stat(at(&pair, "/pub/d")).await.unwrap().unwrap();
        assert_eq!(dir.kind, Kind::Dir);
        assert_eq!(pair.engine.stat(at(&pair, "/pub/none")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_locked_vault_is_reported_and_unlocked_once() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("vault");
    let vault = Vault::new(&file);
    vault.create(&Secret::from("open sesame")).unwrap();
    let engine_vault = Arc::new(Vault::new(&file));
    let pair = Pair::with(Setup::new(), Setup::new(), |options| options.vault = Some(engine_vault));
    let mut pair = pair.await;
    vault.set("of source", Secret::from(pair.from.password())).unwrap();
    pair.source.password = PasswordRef::Vault("of source".to_owned());

    let locked = pair.engine.list(pair.at_source("/"), false).await.unwrap_err();
    assert_eq!(locked.kind, FailureKind::VaultLocked, "{locked}");
    let wrong = pair.engine.unlock(Secret::from("hunter2")).await.unwrap_err();
    assert_eq!(wrong.kind, FailureKind::VaultLocked);
    assert!(wrong.to_string().contains("wrong") && !wrong.to_string().contains("hunter2"));
    pair.engine.unlock(Secret::from("open sesame")).await.unwrap();
    pair.engine.list(pair.at_source("/"), false).await.unwrap();
    // a missing entry in an unlocked vault is a different failure
    pair.target.password = PasswordRef::Vault("of target".to_owned());
    let missing = pair.engine.list(pair.at_target("/"), false).await.unwrap_err();
    assert_eq!(missing.kind, FailureKind::Login, "{missing}");
}
