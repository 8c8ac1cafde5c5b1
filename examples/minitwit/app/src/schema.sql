drop table if exists message;
drop table if exists follower;
drop table if exists user;

create table user (
  user_id integer primary key auto_increment,
  username varchar(80) not null unique,
  email varchar(255) not null,
  pw_hash varchar(255) not null
);

create table follower (
  who_id integer not null,
  whom_id integer not null,
  primary key (who_id, whom_id)
);

create table message (
  message_id integer primary key auto_increment,
  author_id integer not null,
  text text not null,
  pub_date bigint not null,
  index by_author (author_id, pub_date),
  index by_date (pub_date)
);
