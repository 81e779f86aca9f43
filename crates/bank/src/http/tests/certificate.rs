use super::*;

#[tokio::test]
async fn a_certificate_is_for_the_device_that_took_its_consent_back() {
    let test = TestBank::new();
    let bank = test.open();
    let (device, other) = (Device::new(1), Device::new(2));
    let router = bank.router();
    let (case, withdrawal) = (ID, Uuid::from_u128(2));
    put(&router, case, device.envelope(&test, case, 1)).await;
    let path = format!("/v1/withdrawals/{withdrawal}/certificate");
    let ask = async |path: &str, key| send(&router, proved(path, key, now_s(), HOST)).await;
    // Before it came, and for anybody else, there is nothing to be seen.
    let unknown = (401, ProblemCode::Unauthorised);
    assert_eq!(ask(&path, &device.key).await.problem(), unknown);
    assert_eq!(fetch(&router, &path).await.problem(), unknown);

    // Taken in, and not gone on with: as if the bank had died in between.
    bank.take_in(withdrawal, device.withdrawal(&test, withdrawal, case)).await.unwrap();
    let pending = ask(&path, &device.key).await;
    assert_eq!(pending.problem(), (503, ProblemCode::Busy));
    assert_eq!(pending.header("retry-after"), "10");
    assert_eq!(ask(&path, &other.key).await.problem(), unknown);

    bank.stop(withdrawal).await.unwrap();
    let seen = ask(&path, &device.key).await;
    assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, SIGNED_TYPE));
    assert_eq!(seen.header("cache-control"), "no-store");
    assert_eq!(ask(&path, &other.key).await.problem(), unknown);

    // An application has none, and neither has a withdrawal that was refused.
    let of_case = format!("/v1/withdrawals/{case}/certificate");
    assert_eq!(ask(&of_case, &device.key).await.problem(), (404, ProblemCode::NotFound));
    let strange = Uuid::from_u128(3);
    put(&router, strange, other.withdrawal(&test, strange, case)).await;
    let of_strange = format!("/v1/withdrawals/{strange}/certificate");
    assert_eq!(ask(&of_strange, &other.key).await.problem(), (404, ProblemCode::NotFound));
}
