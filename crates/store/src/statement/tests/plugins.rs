//! The statements on installed plugins.

use super::*;

pub fn plugins(trial: &mut Trial) {
    let new = [id(0xa3), "app b".into(), "app a".into(), number(1)];
    let inserted = ["[xa3].user_id = xa3", "[xa3].client = app b", "[xa3].super_client = app a", "[xa3].installed_at = 1"];
    // The trial names rows by their first column, which is a user's here: the one that has none yet is told apart.
    let free = [&[id(0xc3)], &new[1..]].concat();
    trial.changes(&INSTALL_PLUGIN, &free, &inserted.map(|cell| cell.replace("xa3", "xc3")).each_ref().map(String::as_str));
    trial.changes(&INSTALL_PLUGIN, &[id(0xa3), "app a".into(), "app c".into(), number(1)], &[]);
    // It changes no cell, and makes others wait.
    trial.changes(&HOLD_CLIENT, &["app b".into(), number(214)], &[]);
    trial.changes(&UNINSTALL_PLUGIN, &[id(0xb3), "app c".into(), "app a".into()], &["[xb3] is gone"]);
    trial.changes(&UNINSTALL_PLUGIN, &[id(0xb3), "app a".into(), "app c".into()], &[]);
    trial.changes(&FORGET_PLUGIN, &["app a".into()], &["[xa3] is gone", "[xb3] is gone"]);
    trial.finds(&PLUGINS_OF_USER, &[id(0xb3), "app a".into()], &["xb3, app c, app a, 811"]);
}
