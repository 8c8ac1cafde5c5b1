//! placeholder
pub async fn serve_metadata(
    _l: tokio::net::TcpListener,
    _r: tierra_services::Rooms,
    _k: tierra_core::Key<tierra_services::ec2::network::Network>,
) {
}
