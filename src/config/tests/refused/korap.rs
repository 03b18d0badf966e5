//! Files of the KorAP API that are already something else.

use super::check_after;

#[test]
fn the_files_of_the_api_are_none_that_hold_something_else() {
    let message = |file: &str| format!("expected a file of its own, found {file}, which holds something else; name another one");
    check_after(&[
        ("[korap]\nadmin_token_file = \"root.key\"", &[&format!("5:20: korap.admin_token_file: {}", message("root.key"))]),
        ("[korap]\nadmin_token_file = \"keyward.db\"", &[&format!("5:20: korap.admin_token_file: {}", message("keyward.db"))]),
        (
            "[korap]\ninitial_super_client = true\nsuper_client_file = \"adminToken\"",
            &[&format!("6:21: korap.super_client_file: {}", message("adminToken"))],
        ),
        ("[korap]\ninitial_super_client = true", &[]),
    ]);
}
