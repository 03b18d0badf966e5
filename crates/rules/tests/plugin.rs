use std::sync::Arc;

use keyward_rules::{
    account,
    effect::Effect,
    model::{client::Client, consent::Consent, epoch::Epoch, plugin::InstalledPlugin},
    plugin::{Facts, install, uninstall},
};
use keyward_wire::{
    error::Code,
    korap::{NO_RESOURCE_FOUND, PLUGIN_HAS_BEEN_INSTALLED, PLUGIN_NOT_PERMITTED},
    profile::ProfileName,
};

use crate::fixture::{NOW, client, refused, user};

fn plugin() -> InstalledPlugin {
    InstalledPlugin { user: user("dory").id, client: client("app").id, super_client: client("web").id, installed_at: NOW }
}

fn of_korap() -> Client {
    let mut own = client("app");
    own.registration.profiles = vec![ProfileName::Korap];
    own
}

fn known(client: Client) -> Facts {
    Facts { client: Some(Arc::new(client)), ..Facts::default() }
}

fn number(code: &Code) -> u16 {
    let Code::Api(error) = code else { panic!("{code:?}") };
    assert_eq!(error.entity.as_deref(), Some("app"));
    error.code
}

#[test]
fn req_g03_a_permitted_client_is_installed_as_it_was_seen() {
    let decision = install(&plugin(), &known(of_korap()));
    assert_eq!(decision.effects, [Effect::InstallPlugin { plugin: plugin(), seen: of_korap().revision }]);
    assert_eq!(*decision.reply.unwrap(), of_korap());
}

#[test]
fn req_g03_what_cannot_be_installed_is_refused_and_nothing_is_written() {
    let mut forbidden = of_korap();
    forbidden.registration.permitted = false;
    let twice = Facts { installed: Some(plugin()), ..known(of_korap()) };
    for (facts, expected) in [(known(forbidden), PLUGIN_NOT_PERMITTED), (twice, PLUGIN_HAS_BEEN_INSTALLED)] {
        let decision = install(&plugin(), &facts);
        assert_eq!(decision.effects, []);
        assert_eq!(number(&refused(decision.reply).code), expected);
    }
    for facts in [Facts::default(), known(client("app"))] {
        let decision = install(&plugin(), &facts);
        assert_eq!(decision.effects, []);
        assert_eq!(refused(decision.reply).code, Code::ClientUnknown("app".to_owned()));
    }
}

#[test]
fn req_g04_with_the_plugin_goes_what_it_was_allowed_in_one() {
    let withdrawal = account::Facts { client: Some(plugin().client), ..account::Facts::default() };
    let facts = Facts { installed: Some(plugin()), withdrawal, ..known(of_korap()) };
    let decision = uninstall(&plugin(), &facts);
    assert_eq!(decision.reply, Ok(()));
    let InstalledPlugin { user, client, super_client, .. } = plugin();
    let [Effect::PutConsent { consent: Consent { epoch, .. }, seen: None }, gone] = &*decision.effects else {
        panic!("{:?}", decision.effects)
    };
    assert_eq!((epoch, gone), (&Epoch::default().next(), &Effect::UninstallPlugin { user, client, super_client }));
    let absent = uninstall(&plugin(), &known(of_korap()));
    assert_eq!(absent.effects, []);
    assert_eq!(number(&refused(absent.reply).code), NO_RESOURCE_FOUND);
}
