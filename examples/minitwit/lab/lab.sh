#!/usr/bin/env bash
# The lab, part by part, with the AWS CLI and ssh: Flask's MiniTwit moves its data to RDS, becomes an image, and runs twice behind a
# Classic Load Balancer.
#
#   eval "$(tierra env)"       # or the credentials of an account at AWS
#   lab.sh fetch database instance change initdb image live     # or one part at a time
#   lab.sh end                 # takes everything away
#
# What it makes and learns (key, password, ids) is kept in the folder LAB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
LAB=${LAB:-$PWD/minitwit-lab}
NAME=minitwit-lab
IMAGE=/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
mkdir -p "$LAB"

# The AWS CLI 1 asks AWS itself for RDS unless its command line names the endpoint.
aws() { command aws ${AWS_ENDPOINT_URL:+"--endpoint-url=$AWS_ENDPOINT_URL"} --output text "$@"; }
keep() { (umask 077 && printf %s "$2" > "$LAB/$1"); }
kept() { cat "$LAB/$1"; }
in_instance() { ssh "${SSH[@]}" "ec2-user@$(kept address)" "$@"; }
SSH=(-i "$LAB/key.pem" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=5)

# Waits until a command prints what is wanted: until VALUE COMMAND…
until_it_is() {
  local want=$1 said='' begun=$SECONDS
  shift
  while said=$("$@" 2>&1) || true; [ "$said" != "$want" ]; do
    if [ $((SECONDS - begun)) -gt 300 ]; then echo "waited 300 s for '$want' of: $* (last: $said)" >&2; exit 1; fi
    sleep 0.5
  done
}

# Flask's source, which holds MiniTwit, and the libraries, fetched here and carried to the instance.
part_fetch() {
  python3 -m pip download --quiet --disable-pip-version-check --only-binary :all: --dest "$LAB/wheels" --requirement "$here/requirements.txt"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary flask --dest "$LAB" flask==0.12.5
}

# Part A: the database.
part_database() {
  keep password "$(python3 -c 'import secrets; print(secrets.token_hex(12))')"
  aws rds create-db-instance --db-instance-identifier $NAME --engine mysql --db-instance-class db.t2.micro --allocated-storage 20 \
    --db-name minitwit --master-username lab --master-user-password "$(kept password)" --no-publicly-accessible > /dev/null
  until_it_is available aws rds describe-db-instances --db-instance-identifier $NAME --query 'DBInstances[0].DBInstanceStatus'
  keep endpoint "$(aws rds describe-db-instances --db-instance-identifier $NAME --query 'DBInstances[0].Endpoint.Address')"
}

default_group() { aws ec2 describe-security-groups --filters Name=group-name,Values=default "Name=vpc-id,Values=$1" --query 'SecurityGroups[0].GroupId'; }

launch() {
  aws ec2 run-instances --instance-type t2.micro --key-name $NAME --security-group-ids "$(kept default-group)" "$(kept group)" \
    --query 'Instances[].InstanceId' "$@"
}

address_of() { aws ec2 describe-instances --instance-ids "$1" --query 'Reservations[0].Instances[0].PublicIpAddress'; }

# Part B: an instance that one can log in to, with MiniTwit on it as it is.
part_instance() {
  vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[0].VpcId')
  keep default-group "$(default_group "$vpc")"
  keep group "$(aws ec2 create-security-group --group-name $NAME --description 'ssh, MiniTwit and its balancer' --query GroupId)"
  for port in 22 80 5000; do
    aws ec2 authorize-security-group-ingress --group-id "$(kept group)" --protocol tcp --port $port --cidr 0.0.0.0/0 > /dev/null
  done
  keep key.pem "$(aws ec2 create-key-pair --key-name $NAME --key-type ed25519 --query KeyMaterial)
"
  keep instance "$(launch --image-id "resolve:ssm:$IMAGE")"
  until_it_is running aws ec2 describe-instances --instance-ids "$(kept instance)" --query 'Reservations[0].Instances[0].State.Name'
  keep address "$(address_of "$(kept instance)")"
  until_it_is ready in_instance echo ready
  scp -q -r "${SSH[@]}" "$LAB/wheels" "$LAB"/[Ff]lask-0.12.5.tar.gz "$here/change.py" "ec2-user@$(kept address):"
  in_instance 'set -e
    mkdir flask && tar xzf [Ff]lask-0.12.5.tar.gz --strip-components=1 -C flask
    sudo python3 $(echo wheels/pip-*.whl)/pip install --quiet --root-user-action=ignore --no-index --find-links wheels wheels/*.whl'
}

# Parts B, C and D: the changes.
part_change() { in_instance python3 change.py flask/examples/minitwit/minitwit; }

# What the program is told: never a part of it.
settings() {
  echo "export DB_HOST=$(kept endpoint) DB_USER=lab DB_PASSWD=$(kept password) DB_NAME=minitwit"
  echo "export FLASK_APP=minitwit PYTHONPATH=/home/ec2-user/flask/examples/minitwit LC_ALL=C.UTF-8"
}

part_initdb() { settings | { cat; echo 'exec flask initdb'; } | in_instance bash -s; }

# Part E: the image, and a clean slate.
part_image() {
  keep image "$(aws ec2 create-image --instance-id "$(kept instance)" --name $NAME --description 'MiniTwit with RDS' --query ImageId)"
  until_it_is available aws ec2 describe-images --image-ids "$(kept image)" --query 'Images[0].State'
  aws ec2 terminate-instances --instance-ids "$(kept instance)" > /dev/null
}

user_data() {
  echo '#!/bin/bash'
  echo 'echo Starting MiniTwit...'
  settings
  echo 'su -c "flask run --host=0.0.0.0" ec2-user'
  echo 'echo MiniTwit is done.'
}

in_service() { aws elb describe-instance-health --load-balancer-name $NAME --query 'InstanceStates[].State'; }

# Part F: two spot instances of the image, and their balancer.
part_live() {
  keep user-data "$(user_data)"
  keep instances "$(launch --image-id "$(kept image)" --count 2 --instance-market-options MarketType=spot --user-data "file://$LAB/user-data")"
  aws elb create-load-balancer --load-balancer-name $NAME --security-groups "$(kept group)" --subnets $(aws ec2 describe-subnets \
    --filters Name=default-for-az,Values=true --query 'Subnets[].SubnetId') \
    --listeners Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=5000 > /dev/null
  # `/` leads elsewhere, which a health check takes for a fault.
  aws elb configure-health-check --load-balancer-name $NAME \
    --health-check Target=HTTP:5000/public,Interval=5,Timeout=3,UnhealthyThreshold=2,HealthyThreshold=2 > /dev/null
  aws elb register-instances-with-load-balancer --load-balancer-name $NAME --instances $(kept instances) > /dev/null
  until_it_is $'InService\tInService' in_service
  keep balancer "$(aws elb describe-load-balancers --load-balancer-names $NAME --query 'LoadBalancerDescriptions[0].DNSName')"
  for instance in $(kept instances); do address_of "$instance"; done > "$LAB/addresses"
  echo "MiniTwit answers at http://$(kept balancer)/"
}

part_end() {
  set +e
  aws elb delete-load-balancer --load-balancer-name $NAME
  aws ec2 terminate-instances --instance-ids $(kept instance) $(kept instances) > /dev/null
  aws rds delete-db-instance --db-instance-identifier $NAME --skip-final-snapshot > /dev/null
  aws ec2 deregister-image --image-id "$(kept image)" > /dev/null
  aws ec2 delete-key-pair --key-name $NAME > /dev/null
  for instance in $(kept instance) $(kept instances); do
    until_it_is terminated aws ec2 describe-instances --instance-ids "$instance" --query 'Reservations[0].Instances[0].State.Name'
  done
  # The balancer's interfaces go a moment after it.
  until aws ec2 delete-security-group --group-id "$(kept group)" > /dev/null 2>&1; do sleep 1; done
  rm -rf "$LAB"
}

for part in "$@"; do
  echo "== $part" >&2
  "part_$part"
done
