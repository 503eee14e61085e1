//! The user's `.netrc`. Passwords stay there and the sites refer to it, unless the imported file is
//! not the one that the program uses for logins.

use crate::base::SourceText;
use crate::site::import::collect::Collector;
use crate::site::import::{LossKind, SiteImportError};
use crate::site::{PasswordRef, fields, netrc};

pub(super) fn read(source: &SourceText, to: &mut Collector<'_>) -> Result<(), SiteImportError> {
    let is_users_netrc = netrc::path().is_some_and(|path| path == source.path());
    for entry in netrc::parse(source)? {
        let at = entry.offset;
        let Some(machine) = entry.machine else {
            to.lost(at, "default", LossKind::Unusable("it applies to any host".to_owned()));
            continue;
        };
        let mut site = fields::blank();
        site.name.clone_from(&machine);
        site.hosts = vec![machine.clone()];
        site.user = entry.login.filter(|login| !login.is_empty());
        if let Some(password) = entry.password {
            site.password =
                if is_users_netrc { PasswordRef::Netrc } else { PasswordRef::Plain(password) };
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
