//! The settings of the process: what variables make of them, and what is said of a value that is wrong.

use authkit_app::{AuthKitSettings, DatabaseSettings, Settings, SettingsError};

#[test]
fn development_without_any_variable_runs_the_emulator() {
    let settings = Settings::read(|_| None).unwrap();
    assert!(matches!(settings.authkit, AuthKitSettings::Emulator(_)));
    assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
}

#[test]
fn production_without_variables_has_no_sign_in() {
    let production = |name: &str| (name == "LEPTOS_ENV").then(|| "PROD".to_owned());
    let settings = Settings::read(production).unwrap();
    assert!(matches!(settings.authkit, AuthKitSettings::Missing));
}

#[test]
fn half_a_configuration_is_an_error_in_development_too() {
    let half = |name: &str| (name == "WORKOS_CLIENT_ID").then(|| "client_1".to_owned());
    assert!(matches!(
        Settings::read(half),
        Err(SettingsError::AuthKit(_))
    ));
}

#[test]
fn a_variable_set_to_nothing_is_not_set() {
    let settings = Settings::read(|_| Some(String::new())).unwrap();
    assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.database.to_string(), "data/app.db");
}

#[test]
fn a_database_url_is_never_shown() {
    let secret = "postgres://app:hunter2@db/app";
    let set = |name: &str| (name == "DATABASE_URL").then(|| secret.to_owned());
    let settings = Settings::read(set).unwrap();
    assert!(matches!(settings.database, DatabaseSettings::Postgres(_)));
    let shown = format!("{settings:?} {}", settings.database);
    assert!(!shown.contains("hunter2"), "{shown}");

    let other = |name: &str| (name == "DATABASE_URL").then(|| "mysql://app:hunter2@db".to_owned());
    let error = Settings::read(other).unwrap_err().to_string();
    assert!(error.starts_with("DATABASE_URL") && !error.contains("hunter2"));
}

#[test]
fn a_list_of_providers_that_is_not_there_is_named() {
    let set = |name: &str| (name == "AUTH_PROVIDERS").then(|| "no/such/auth.toml".to_owned());
    let error = Settings::read(set).unwrap_err().to_string();
    assert!(
        error.starts_with("AUTH_PROVIDERS: no/such/auth.toml can't be read"),
        "{error}"
    );
}

#[test]
fn a_value_in_quotes_is_refused_and_not_shown() {
    for variable in [
        "LEPTOS_ENV",
        "LEPTOS_SITE_ADDR",
        "LEPTOS_SITE_ROOT",
        "LEPTOS_HASH_FILES",
        "LEPTOS_RELOAD_PORT",
        "DATABASE_URL",
        "DATA_DIR",
        "AUTH_PROVIDERS",
        "BEARER_TOKENS",
        "FRAME_ANCESTORS",
        "EMULATOR_ADDR",
        "EMULATOR_SEED",
        "EMULATOR_URL",
        "APP_URL",
        "PORT",
        "HOST",
        "EMULATOR_LISTENS_TO",
        "DEV_HOSTS",
        "SIGN_IN_ALLOWED_DOMAINS",
        "RUST_LOG",
    ] {
        let set = |name: &str| (name == variable).then(|| "\"hunter2\"".to_owned());
        let error = Settings::read(set).unwrap_err();
        assert_eq!(error.variable(), Some(variable));
        let told = error.to_string();
        assert!(
            told.starts_with(&format!("{variable} is in quotes")),
            "{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn white_space_around_a_value_is_no_part_of_it() {
    let set = |name: &str| match name {
        "LEPTOS_SITE_ADDR" => Some(" 127.0.0.1:4000\n".to_owned()),
        "LEPTOS_RELOAD_PORT" => Some("4001 ".to_owned()),
        "DATABASE_URL" => Some(" postgres://app@db/app ".to_owned()),
        _ => None,
    };
    let settings = Settings::read(set).unwrap();
    assert_eq!(settings.addr.port(), 4000);
    assert_eq!(settings.site.reload_port, 4001);
    assert!(matches!(settings.database, DatabaseSettings::Postgres(_)));
}

#[test]
fn a_setting_that_is_not_safe_stops_production_and_not_development() {
    let read = |production: &str| {
        let production = production.to_owned();
        Settings::read(move |name| {
            let value = match name {
                "LEPTOS_ENV" => production.as_str(),
                "WORKOS_CLIENT_ID" => "client_1",
                "WORKOS_API_KEY" => "sk_1",
                "WORKOS_REDIRECT_URI" => "http://app.example/callback",
                "WORKOS_COOKIE_PASSWORD" => "complex_password_at_least_32_characters_long",
                "WORKOS_API_HOSTNAME" => "api.example",
                "WORKOS_API_HTTPS" => "false",
                _ => return None,
            };
            Some(value.to_owned())
        })
    };
    assert!(matches!(
        read("DEV").unwrap().authkit,
        AuthKitSettings::WorkOs(_)
    ));
    let Err(SettingsError::AuthKit(problems)) = read("PROD ") else {
        panic!("production starts");
    };
    let variables: Vec<_> = problems.0.iter().map(|it| it.variable).collect();
    assert_eq!(
        variables,
        [
            "WORKOS_REDIRECT_URI",
            "WORKOS_COOKIE_PASSWORD",
            "WORKOS_API_HTTPS"
        ]
    );
}

#[test]
fn an_address_that_is_none_is_named() {
    let wrong = |name: &str| (name == "LEPTOS_SITE_ADDR").then(|| "3000".to_owned());
    let error = Settings::read(wrong).unwrap_err().to_string();
    assert!(error.contains("LEPTOS_SITE_ADDR"), "{error}");
}

#[test]
fn the_environment_is_one_of_two() {
    let env = |value: &str| {
        let value = value.to_owned();
        Settings::read(move |name| (name == "LEPTOS_ENV").then(|| value.clone()))
    };
    for value in ["PROD", "prod ", " Production", "PRODUCTION\n"] {
        assert!(env(value).unwrap().production, "{value:?}");
    }
    for value in ["DEV", "dev ", "Development", "", " "] {
        assert!(!env(value).unwrap().production, "{value:?}");
    }
    for value in ["live", "staging", "PROD!", "TEST"] {
        let error = env(value).unwrap_err().to_string();
        let words = format!("LEPTOS_ENV is {value:?}, which is none of DEV, DEVELOPMENT, PROD");
        assert!(error.starts_with(&words), "{error}");
    }
}

#[test]
fn the_emulator_listens_to_this_machine_unless_told_in_as_many_words() {
    let read = |addr: &str, listens_to: &str| {
        let (addr, listens_to) = (addr.to_owned(), listens_to.to_owned());
        Settings::read(move |name| match name {
            "EMULATOR_ADDR" => Some(addr.clone()),
            "EMULATOR_LISTENS_TO" => Some(listens_to.clone()),
            _ => None,
        })
    };
    for addr in ["127.0.0.1:3100", "127.0.0.9:3100", "[::1]:3100"] {
        assert!(read(addr, "").is_ok(), "{addr}");
    }
    for addr in ["0.0.0.0:3100", "[::]:3100", "192.0.2.2:3100"] {
        let error = read(addr, "").unwrap_err();
        assert_eq!(error.variable(), Some("EMULATOR_ADDR"));
        let told = error.to_string();
        assert!(told.contains("EMULATOR_LISTENS_TO=everyone"), "{told}");
        assert!(read(addr, "everyone").is_ok(), "{addr}");
    }
    for listens_to in ["true", "1", "all"] {
        let error = read("0.0.0.0:3100", listens_to).unwrap_err();
        assert_eq!(error.variable(), Some("EMULATOR_LISTENS_TO"));
    }
}
