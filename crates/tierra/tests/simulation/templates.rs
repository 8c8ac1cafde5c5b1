//! Stacks of several kinds: ones that come up, ones that cannot, ones that wait, ones that get into each other's way.

/// A template.
pub struct Template {
    /// Its text.
    pub text: &'static str,
}

const fn template(text: &'static str) -> Template {
    Template { text }
}

/// All of them. Each has the parameter `Value`.
pub const ALL: &[Template] = &[
    template(PARAMETERS),
    template(PARAMETERS_TURNED),
    template(NETWORK),
    template(NETWORK_WIDER),
    template(ROLE),
    template(WAITING),
    template(SIGNALLED),
    template(BROKEN),
    template(DATABASE),
    template(BALANCED),
    template(KEPT),
    template(SHARED),
    template(INVALID),
];

/// Two parameters in a row; the second is made anew with each value.
const PARAMETERS: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  First:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref Value}
  Second:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: !Sub "/${AWS::StackName}/${Value}", Value: !GetAtt First.Value}
Outputs:
  First: {Value: !Ref First}
"#;

/// The same logical ids, the other way round.
const PARAMETERS_TURNED: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  Second:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref Value}
  First:
    Type: AWS::SSM::Parameter
    DeletionPolicy: Retain
    Properties: {Type: String, Value: !GetAtt Second.Value}
"#;

/// A network with an instance in it.
const NETWORK: &str = r#"
Parameters: {Value: {Type: String}, Image: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}
Resources:
  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16, Tags: [{Key: Name, Value: !Ref Value}]}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Network, InternetGatewayId: !Ref Gateway}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Network}}
  Route:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.9.1.0/24, MapPublicIpOnLaunch: true}}
  Association: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: simulation
      VpcId: !Ref Network
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
  Server:
    Type: AWS::EC2::Instance
    DependsOn: Route
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.micro
      SubnetId: !Ref Subnet
      SecurityGroupIds: [!Ref Group]
      UserData: !Base64 {Ref: Value}
Outputs:
  Address: {Value: !GetAtt Server.PrivateIp}
"#;

/// The same network with a second subnet and no instance, and a group that is made anew.
const NETWORK_WIDER: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16, Tags: [{Key: Name, Value: !Ref Value}]}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.9.1.0/24, MapPublicIpOnLaunch: true}}
  Other: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.9.2.0/24}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: !Ref Value, VpcId: !Ref Network}}
"#;

/// A role with its profile.
const ROLE: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies:
        - PolicyName: !Ref Value
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "ec2:Describe*", Resource: "*"}]}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
"#;

/// Waits for a signal that may not come.
const WAITING: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Gate: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 12}}
  After: {Type: AWS::SSM::Parameter, DependsOn: Gate, Properties: {Type: String, Value: !Ref Value}}
"#;

/// A creation policy.
const SIGNALLED: &str = r#"
Parameters: {Value: {Type: String}, Image: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}
Resources:
  Gate:
    Type: AWS::EC2::Instance
    CreationPolicy: {ResourceSignal: {Timeout: PT15S}}
    Properties: {ImageId: !Ref Image, InstanceType: t3.micro}
"#;

/// Comes to its second resource and no further.
const BROKEN: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  First: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref Value}}
  Second: {Type: AWS::EC2::Instance, DependsOn: First, Properties: {ImageId: ami-0123456789abcdef0, InstanceType: t3.micro}}
"#;

/// A database whose password is a secret.
const DATABASE: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}
  One: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.9.1.0/24, AvailabilityZone: us-east-1a}}
  Two: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.9.2.0/24, AvailabilityZone: us-east-1b}}
  Subnets: {Type: AWS::RDS::DBSubnetGroup, Properties: {DBSubnetGroupDescription: d, SubnetIds: [!Ref One, !Ref Two]}}
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {GenerateSecretString: {SecretStringTemplate: '{"username":"chief"}', GenerateStringKey: password, ExcludePunctuation: true}}
  Database:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Delete
    Properties:
      Engine: mysql
      DBInstanceClass: db.t3.micro
      AllocatedStorage: "20"
      MasterUsername: !Sub "{{resolve:secretsmanager:${Secret}:SecretString:username}}"
      MasterUserPassword: !Sub "{{resolve:secretsmanager:${Secret}:SecretString:password}}"
      DBSubnetGroupName: !Ref Subnets
      Tags: [{Key: value, Value: !Ref Value}]
  Attachment:
    Type: AWS::SecretsManager::SecretTargetAttachment
    Properties: {SecretId: !Ref Secret, TargetId: !Ref Database, TargetType: AWS::RDS::DBInstance}
"#;

/// A balancer before an instance.
const BALANCED: &str = r#"
Parameters: {Value: {Type: String}, Image: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}
Resources:
  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Network, InternetGatewayId: !Ref Gateway}}
  One: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.9.1.0/24, AvailabilityZone: us-east-1a}}
  Two: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.9.2.0/24, AvailabilityZone: us-east-1b}}
  Launch: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {ImageId: !Ref Image, InstanceType: t3.micro, UserData: !Base64 {Ref: Value}}}}
  Server:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: !GetAtt Launch.LatestVersionNumber}, SubnetId: !Ref One}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, DependsOn: Attachment, Properties: {Subnets: [!Ref One, !Ref Two]}}
  Servers:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {VpcId: !Ref Network, Protocol: HTTP, Port: 80, Targets: [{Id: !Ref Server}]}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Protocol: HTTP, Port: 80, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Servers}]}
"#;

/// What needs no network: a bucket, a certificate, an alarm.
const KEPT: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {Tags: [{Key: value, Value: !Ref Value}]}}
  Certificate: {Type: AWS::CertificateManager::Certificate, Properties: {DomainName: stack.example.test, KeyAlgorithm: EC_prime256v1}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      {Namespace: App, MetricName: !Ref Value, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: LessThanThreshold}
"#;

/// One name for all stacks: only one can have it.
const SHARED: &str = r#"
Parameters: {Value: {Type: String}}
Resources:
  Shared: {Type: AWS::SSM::Parameter, Properties: {Type: String, Name: /shared/one, Value: !Ref Value}}
Outputs:
  Shared: {Value: !GetAtt Shared.Value, Export: {Name: shared}}
"#;

/// Refused before anything is made.
const INVALID: &str = r#"
Resources:
  First: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref Nowhere}}
"#;
