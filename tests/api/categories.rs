use murano_sdk::{ErrorKind, archive::PackageFile};

use crate::{
    Outcome,
    cloud::{Cloud, name, package_folder},
};

crate::promises![
    created_listed_read_found_and_deleted,
    names_are_unique_and_checked_before_they_are_sent,
    any_character_is_good_for_a_name,
    only_administrators_change_them,
    pages_give_everything_once,
    lists_are_sorted,
    one_in_use_stays,
    unknown_ones_are_not_found,
];

async fn created_listed_read_found_and_deleted(cloud: Cloud) -> Outcome {
    let called = name("category");
    let made = cloud.admin.categories().create(&called).await?;
    assert_eq!((&made.name, made.package_count), (&called, 0));
    // Everybody reads them.
    let categories = cloud.member.categories();
    let listed = categories.list().await?;
    let ours = listed.iter().find(|category| category.id == made.id);
    assert_eq!(ours.map(|category| &category.packages), Some(&None));
    for text in [called.as_str(), made.id.as_str()] {
        let found = categories.find(text).await?;
        assert_eq!((&found.id, found.packages), (&made.id, Some(vec![])));
    }
    assert_eq!(categories.get(&made.id).await?.name, called);
    cloud.admin.categories().delete(&made.id).await?;
    let error = categories.get(&made.id).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::NotFound, Some(404))
    );
    assert_eq!(
        error.to_string(),
        format!("Category id '{}' not found", made.id)
    );
    Ok(())
}

async fn names_are_unique_and_checked_before_they_are_sent(cloud: Cloud) -> Outcome {
    let categories = cloud.admin.categories();
    let error = categories.create("Web").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409))
    );
    for bad in ["", "  ", "x".repeat(81).as_str()] {
        let error = categories.create(bad).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Invalid, None),
            "{error}"
        );
    }
    Ok(())
}

async fn any_character_is_good_for_a_name(cloud: Cloud) -> Outcome {
    let categories = cloud.admin.categories();
    let called = format!("Игры, \"a/b\" & <c>? {}", name("x"));
    let made = categories.create(&called).await?;
    assert_eq!(made.name, called);
    assert_eq!(categories.find(&called).await?.id, made.id);
    // 80 characters, not bytes.
    let long = format!("{}{}", "ж".repeat(60), &name("yyyyyyy")[..20]);
    assert_eq!(long.chars().count(), 80);
    let longest = categories.create(&long).await?;
    assert_eq!(longest.name, long);
    categories.delete(&longest.id).await?;
    categories.delete(&made.id).await?;
    Ok(())
}

async fn only_administrators_change_them(cloud: Cloud) -> Outcome {
    let made = cloud.admin.categories().create(&name("admin")).await?;
    for error in [
        cloud
            .member
            .categories()
            .create(&name("member"))
            .await
            .unwrap_err(),
        cloud
            .member
            .categories()
            .delete(&made.id)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Forbidden, Some(403)),
            "{error}"
        );
    }
    cloud.admin.categories().delete(&made.id).await?;
    Ok(())
}

async fn pages_give_everything_once(cloud: Cloud) -> Outcome {
    let categories = cloud.member.categories();
    let mut all: Vec<_> = categories.list().await?.into_iter().map(|c| c.id).collect();
    assert!(all.len() >= 9, "{all:?}");
    all.sort();
    let exact = u32::try_from(all.len())?;
    for size in [1, 2, exact, exact + 1] {
        let mut pager = categories.list().page_size(size).pager();
        let mut seen = Vec::new();
        while let Some(category) = pager.next().await? {
            seen.push(category.id);
        }
        seen.sort();
        assert_eq!(seen, all, "pages of {size}");
    }
    let listed = categories.list().await?;
    let rest = categories.list().marker(&listed[0].id).await?;
    assert_eq!(rest, listed[1..]);
    let error = categories.list().page_size(0).await.unwrap_err();
    assert_eq!(error.to_string(), "Limit param must be positive");
    let error = categories.list().marker("nope").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    Ok(())
}

async fn lists_are_sorted(cloud: Cloud) -> Outcome {
    let categories = cloud.member.categories();
    let names = |list: Vec<murano_sdk::categories::Category>| -> Vec<String> {
        list.into_iter().map(|category| category.name).collect()
    };
    let up = names(categories.list().await?);
    let web = up.iter().position(|name| name == "Web");
    let big = up.iter().position(|name| name == "Big Data");
    assert!(big < web && big.is_some(), "{up:?}");
    let mut down = names(categories.list().descending(true).await?);
    down.reverse();
    assert_eq!(down, up);
    let by_id = categories.list().sort_by("id").await?;
    assert!(by_id.is_sorted_by_key(|category| category.id.clone()));
    let several = categories.list().sort_by("package_count,name").await?;
    assert!(several.is_sorted_by_key(|category| category.package_count));
    let error = categories.list().sort_by("colour").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400))
    );
    assert!(
        error.to_string().starts_with("Invalid sort key: colour."),
        "{error}"
    );
    Ok(())
}

async fn one_in_use_stays(cloud: Cloud) -> Outcome {
    let categories = cloud.admin.categories();
    let made = categories.create(&name("used")).await?;
    // Of the other project: the members' packages are used by other promises.
    let file = PackageFile::open(package_folder("library"))?;
    let upload = cloud.other.packages().upload(&file);
    let package = upload.categories([&made.name]).await?;
    let shown = categories.get(&made.id).await?;
    assert_eq!(shown.package_count, 1);
    let packages = shown.packages.expect("it says which");
    assert_eq!(
        packages
            .iter()
            .map(|p| (&p.id, &p.fully_qualified_name))
            .collect::<Vec<_>>(),
        [(&package.id, &package.fully_qualified_name)]
    );
    let error = categories.delete(&made.id).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(403)),
        "{error}"
    );
    cloud.other.package(&package.id).delete().await?;
    categories.delete(&made.id).await?;
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    for text in ["No Such", "0123456789abcdef0123456789abcdef"] {
        let error = cloud.member.categories().find(text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), format!("category \"{text}\" not found"));
    }
    let error = cloud.admin.categories().delete("nope").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::NotFound, Some(404))
    );
    Ok(())
}
