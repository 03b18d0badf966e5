//! The scopes of the KorAP API.

use crate::scope::{ALL, Scope};

/// Every scope, with what it lets an application do.
pub const EVERY: [(&str, &str); 30] = [
    (ALL, "Everything, without being listed; super clients only"),
    ("admin", "Administer; deprecated, and never given to applications that users register"),
    ("authorize", "Let other applications act for the user"),
    ("list_user_client", "List the applications that the user registered, authorized or installed"),
    ("install_user_client", "Install a plugin for the user"),
    ("uninstall_user_client", "Remove a plugin of the user"),
    ("client_info", "Read what is registered about an application"),
    ("register_client", "Register an application for the user"),
    ("deregister_client", "Remove an application of the user"),
    ("reset_client_secret", "Give an application of the user another secret"),
    ("search", "Search the corpora"),
    ("serialize_query", "Translate a query into its serialised form"),
    ("match_info", "Read about a match, with its annotations"),
    ("user_info", "Read who the user is"),
    ("user_group_info", "Read about the user's groups"),
    ("create_user_group", "Create a group"),
    ("delete_user_group", "Delete a group"),
    ("delete_user_group_member", "Remove somebody from a group"),
    ("add_user_group_member", "Add somebody to a group"),
    ("add_user_group_member_role", "Give somebody a role in a group"),
    ("delete_user_group_member_role", "Take a role in a group from somebody"),
    ("create_vc", "Create or change a virtual corpus"),
    ("vc_info", "Read about virtual corpora"),
    ("delete_vc", "Delete a virtual corpus"),
    ("share_vc", "Share a virtual corpus with a group"),
    ("delete_vc_access", "End a group's access to a virtual corpus"),
    ("vc_access_info", "Read who has access to a virtual corpus"),
    ("create_default_setting", "Store the user's default settings"),
    ("read_default_setting", "Read the user's default settings"),
    ("delete_default_setting", "Delete the user's default settings"),
];

/// The scope that the tokens of a client itself are reduced to.
pub const CLIENT_INFO: &str = "client_info";

/// What applications that users register may ask for: not for everything, and not to administer.
#[must_use]
pub fn of_third_parties() -> Scope {
    EVERY.iter().map(|(scope, _)| *scope).filter(|scope| ![ALL, "admin"].contains(scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_s01_each_scope_is_a_word_and_there_once() {
        let words: Scope = EVERY.iter().map(|(scope, _)| *scope).collect();
        assert_eq!(words.words().count(), EVERY.len());
        assert!(EVERY.iter().all(|(scope, _)| Scope::parse(scope).is_ok_and(|one| one.words().count() == 1)));
    }

    #[test]
    fn req_s02_applications_of_users_get_neither_all_nor_admin() {
        let scope = of_third_parties();
        assert_eq!(scope.words().count(), EVERY.len() - 2);
        assert!(!scope.contains(ALL) && !scope.contains("admin") && scope.contains("install_user_client"));
    }
}
