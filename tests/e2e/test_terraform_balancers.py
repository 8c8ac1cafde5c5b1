"""Terraform as a user runs it: load balancers of both kinds with all that belongs to them are applied, found as they were left, changed,
and destroyed."""

import urllib.request

from conftest import eventually

MAIN = """
resource "aws_vpc" "main" {
  cidr_block           = "10.30.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_internet_gateway" "gate" {
  vpc_id = aws_vpc.main.id
}
resource "aws_subnet" "front" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.30.${count.index}.0/24"
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.gate.id
  }
}
resource "aws_route_table_association" "front" {
  count          = 2
  subnet_id      = aws_subnet.front[count.index].id
  route_table_id = aws_route_table.public.id
}
resource "aws_security_group" "front" {
  name   = "front"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 80
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_s3_bucket" "logs" {
  bucket        = "terraform-balancer-logs"
  force_destroy = true
}
resource "aws_acm_certificate" "shop" {
  domain_name       = "shop.example"
  validation_method = "DNS"
}
resource "aws_lb" "web" {
  name               = "web"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.front.id]
  subnets            = aws_subnet.front[*].id
  idle_timeout       = var.idle
  access_logs {
    bucket  = aws_s3_bucket.logs.id
    prefix  = "web"
    enabled = true
  }
  tags = { made = "by terraform" }
}
resource "aws_lb_target_group" "web" {
  name                 = "web"
  port                 = 8080
  protocol             = "HTTP"
  vpc_id               = aws_vpc.main.id
  target_type          = "ip"
  deregistration_delay = 5
  health_check {
    path                = "/health"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 2
    matcher             = "200-299"
  }
  stickiness {
    type    = "lb_cookie"
    enabled = true
  }
}
resource "aws_lb_target_group_attachment" "web" {
  target_group_arn = aws_lb_target_group.web.arn
  target_id        = "10.30.0.100"
  port             = 8081
}
resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = var.text
      status_code  = "200"
    }
  }
  tags = { made = "by terraform" }
}
resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.web.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate.shop.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}
resource "aws_lb_listener_rule" "app" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 10
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
  condition {
    path_pattern { values = ["/app/*"] }
  }
  condition {
    host_header { values = ["*.example"] }
  }
}
resource "aws_lb_listener_rule" "away" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 20
  action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
  condition {
    http_header {
      http_header_name = "X-Away"
      values           = ["yes"]
    }
  }
}
resource "aws_elb" "classic" {
  name            = "classic"
  subnets         = aws_subnet.front[*].id
  security_groups = [aws_security_group.front.id]
  idle_timeout    = var.idle
  listener {
    instance_port     = 8080
    instance_protocol = "http"
    lb_port           = 80
    lb_protocol       = "http"
  }
  listener {
    instance_port      = 8080
    instance_protocol  = "http"
    lb_port            = 443
    lb_protocol        = "https"
    ssl_certificate_id = aws_acm_certificate.shop.arn
  }
  health_check {
    target              = "HTTP:8080/"
    interval            = 10
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
  cross_zone_load_balancing   = true
  connection_draining         = true
  connection_draining_timeout = 30
  tags                        = { made = "by terraform" }
}
resource "aws_lb_cookie_stickiness_policy" "classic" {
  name                     = "sticky"
  load_balancer            = aws_elb.classic.id
  lb_port                  = 80
  cookie_expiration_period = 600
}
resource "aws_app_cookie_stickiness_policy" "classic" {
  name          = "by-app"
  load_balancer = aws_elb.classic.id
  lb_port       = 443
  cookie_name   = "session"
}
output "name" { value = aws_lb.web.dns_name }
"""


def answer(name):
    try:
        return urllib.request.urlopen(f"http://{name}/", timeout=5).read().decode()
    except OSError:
        return None


def test_balancers_come_stay_change_and_go(cloud, terraform):
    elbv2, elb, ec2, terraform = cloud.client("elbv2"), cloud.client("elb"), cloud.client("ec2"), terraform(cloud)
    terraform.apply(MAIN, idle="60", text="first")
    name = terraform.output()["name"]
    eventually(lambda: answer(name) == "first", what="the first answer")
    terraform.apply(MAIN, idle="90", text="second")
    eventually(lambda: answer(name) == "second", what="the second answer")
    terraform.destroy()
    assert "web" not in [one["LoadBalancerName"] for one in elbv2.describe_load_balancers()["LoadBalancers"]]
    assert "web" not in [one["TargetGroupName"] for one in elbv2.describe_target_groups()["TargetGroups"]]
    assert "classic" not in [one["LoadBalancerName"] for one in elb.describe_load_balancers()["LoadBalancerDescriptions"]]
    left = ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["ELB *web*", "ELB classic"]}])
    assert left["NetworkInterfaces"] == []
