//! The user's `.netrc`. Passwords stay there: the bookmarks refer to it, unless it is another
//! file than the one that logins are looked up in.

use crate::base::SourceText;
use crate::site::import::collect::Collector;
use crate::site::import::{ImportError, Lost};
use crate::site::{PasswordRef, fields, netrc};

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), ImportError> {
    let is_own = netrc::path().is_some_and(|path| path == source.path());
    for entry in netrc::parse(source)? {
        let at = entry.offset;
        let Some(machine) = entry.machine else {
            to.lost(at, "default", Lost::Unusable("it is for any host".to_owned()));
            continue;
        };
        let mut site = fields::blank();
        site.name.clone_from(&machine);
        site.hosts = vec![machine.clone()];
        site.user = entry.login.filter(|login| !login.is_empty());
        if let Some(password) = entry.password {
            site.password = if is_own { PasswordRef::Netrc } else { PasswordRef::Plain(password) };
        }
        if entry.account.is_some() {
            to.setting(at, &machine, "the account (ACCT)");
        }
        for name in entry.macros {
            to.setting(at, &machine, format!("the macro {name}"));
        }
        to.add(at, site);
    }
    Ok(())
}
